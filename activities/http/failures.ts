/** Why a call to an HTTP API failed: the `reason`s of its failures. */
import { TenureFailure } from '../../schemas/failures.ts';

/** A mutating call may have had its effect: look before repeating it. */
export const ANSWER_LOST = 'answer-lost';
/** A reading call was not answered in time or at all. */
export const NO_ANSWER = 'no-answer';
/** No connection could be made; the call had no effect. */
export const UNREACHABLE = 'unreachable';
/** The answer is not what the API promises. */
export const UNEXPECTED_ANSWER = 'unexpected-answer';
/** A list changed while it was read, so that absence from it proves nothing. */
export const LIST_MOVED = 'list-moved';
/** 429; the call had no effect. */
export const RATE_LIMITED = 'rate-limited';
/** 5xx to a reading call. */
export const SERVER_ERROR = 'server-error';
/** The API key is wrong, blocked, or may not do this. */
export const KEY_REFUSED = 'key-refused';
/** The operator has to settle something with the provider. */
export const PAYMENT_NEEDED = 'payment-needed';
/** There is no such thing. */
export const NOT_FOUND = 'not-found';
/** The request itself is not acceptable. */
export const BAD_REQUEST = 'bad-request';

/** The failure of a mutating call that may have had its effect. */
export function answerLost(message: string, upstream: string): TenureFailure {
  return new TenureFailure('retryable', message, {
    reason: ANSWER_LOST,
    nextStep: 'Look whether it took effect before it is repeated.',
    upstream,
  });
}
