/** A refusal that the API's client gets to read. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

export const badRequest = (message: string): ApiError => new ApiError(400, message);

export const notFound = (message: string): ApiError => new ApiError(404, message);

/** What happens to a request for a machine that is being worked on: the API answers 500 and does nothing. */
export const locked = (wanted: string): ApiError =>
  new ApiError(500, `Unable to ${wanted} server: Server is currently locked`);

const messages: Record<number, string> = {
  401: 'Invalid API token.',
  429: 'Rate limit reached - please try your request again later.',
  500: 'Internal server error.',
  503: 'Service unavailable.',
};

/** The API's error body; without a message, one that fits the status. */
export function errorBody(status: number, message?: string): { error: string; status: number } {
  return { error: message ?? messages[status] ?? `Request failed with status ${status}.`, status };
}
