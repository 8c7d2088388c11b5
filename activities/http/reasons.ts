/** `FailureDetails.reason` of calls to any HTTP API. */

/** A mutating call may have had its effect: look before repeating it. */
export const ANSWER_LOST = 'answer-lost';
/** A reading call was not answered in time or at all. */
export const NO_ANSWER = 'no-answer';
/** No connection could be made; the call had no effect. */
export const UNREACHABLE = 'unreachable';
/** The answer is not what the API promises. */
export const UNEXPECTED_ANSWER = 'unexpected-answer';
/** 429; the call had no effect. */
export const RATE_LIMITED = 'rate-limited';
/** 5xx to a reading call. */
export const SERVER_ERROR = 'server-error';
/** The API key is wrong, blocked, or may not do this. */
export const KEY_REFUSED = 'key-refused';
/** 402: the operator has to settle something with the provider. */
export const PAYMENT_NEEDED = 'payment-needed';
/** There is no such thing. */
export const NOT_FOUND = 'not-found';
/** The request itself is not acceptable. */
export const BAD_REQUEST = 'bad-request';
