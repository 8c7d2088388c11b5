/** The `error` member of an error answer. */
export interface ErrorFields {
  type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  message: string;
  code?: string;
  param?: string;
  decline_code?: string;
  charge?: string;
  doc_url?: string;
}

/** An answer other than 2xx, in Stripe's form. */
export class ApiError extends Error {
  readonly status: number;
  readonly fields: ErrorFields;
  /** True if something happened all the same (a declined charge), which must stay and be replayed to the same key. */
  readonly keepsEffects: boolean;

  constructor(status: number, fields: ErrorFields, keepsEffects = false) {
    super(fields.message);
    this.name = 'ApiError';
    this.status = status;
    this.fields = fields;
    this.keepsEffects = keepsEffects;
  }
}

/** 400: the request is wrong. */
export function invalidRequest(message: string, param?: string, code?: string): ApiError {
  return new ApiError(400, { type: 'invalid_request_error', message, param, code });
}

/** `No such customer: 'cus_1'`: 404 if the address names it, 400 if a parameter does. */
export function noSuch(what: string, id: string, param?: string): ApiError {
  return new ApiError(param === undefined ? 404 : 400, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${what}: '${id}'`,
    param: param ?? 'id',
  });
}

/** 402: the bank or the card says no. */
export function cardError(
  code: string,
  declineCode: string | undefined,
  message: string,
  charge?: string,
): ApiError {
  return new ApiError(402, { type: 'card_error', code, decline_code: declineCode, message, charge }, true);
}

/** What the fault engine answers in Stripe's name. */
export function faultBody(status: number): { error: ErrorFields } {
  if (status === 429) return rateLimited();
  const type = status >= 500 ? 'api_error' : 'invalid_request_error';
  return { error: { type, message: `The sandbox was told to answer ${status}.` } };
}

/** The body of a 429. */
export function rateLimited(): { error: ErrorFields } {
  return {
    error: {
      type: 'invalid_request_error',
      code: 'rate_limit',
      message: 'Request rate limit exceeded. Use exponential backoff and try again.',
    },
  };
}
