/** A refusal that the API's client gets to read. */
export class ApiError extends Error {
  readonly status: number;
  /** What else the body says. */
  readonly more: Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    message: string,
    more: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.more = more;
    this.headers = headers;
  }
}

export const notFound = (what: string): ApiError => new ApiError(404, `${what} not found.`);

/** A refusal that names fields. */
export const invalid = (errors: Record<string, string[]>): ApiError =>
  new ApiError(422, 'Validation failed.', { errors });

const MESSAGES: Record<number, string> = {
  401: 'Unauthenticated.',
  429: 'Too Many Attempts.',
  500: 'Server Error',
  503: 'Service Unavailable',
};

/** The API's error body; without a message, one that fits the status. */
export function errorBody(status: number, message?: string): { message: string } {
  return { message: message ?? MESSAGES[status] ?? `Request failed with status ${status}.` };
}
