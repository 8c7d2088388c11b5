/** A refusal that the API's client gets to read: one sentence, or one for each wrong field. */
export class ApiError extends Error {
  readonly status: number;
  readonly said: string | string[];

  constructor(status: number, said: string | string[]) {
    super([said].flat().join('; '));
    this.name = 'ApiError';
    this.status = status;
    this.said = said;
  }
}

export const badRequest = (said: string | string[]): ApiError => new ApiError(400, said);

export const notFound = (said: string): ApiError => new ApiError(404, said);

export const conflict = (said: string): ApiError => new ApiError(409, said);

const messages: Record<number, string> = {
  401: 'Unauthorized',
  402: 'Request refused as it requires additional payed service',
  429: 'Too Many Requests',
  500: 'Internal Server Error, retry or contact support',
  503: 'Service Unavailable',
};

/** The API's error body; without a message, one that fits the status. */
export function errorBody(
  status: number,
  said?: string | string[],
): { statusCode: number; message: string | string[] } {
  return { statusCode: status, message: said ?? messages[status] ?? `Request failed with status ${status}` };
}
