/** A refusal that the API's client gets to read. */
export class ApiError extends Error {
  readonly status: number;
  /** What is wrong with each parameter. */
  readonly errors?: Record<string, string>;

  constructor(status: number, message: string, errors?: Record<string, string>) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.errors = errors;
  }
}

/** Nearly everything that goes wrong is a 500 there. */
export const refusal = (message: string): ApiError => new ApiError(500, message);

export const badParameters = (errors: Record<string, string>): ApiError =>
  new ApiError(400, 'Parameter verification failed.', errors);

export const noConfig = (node: string, vmid: number): ApiError =>
  refusal(`Configuration file 'nodes/${node}/qemu-server/${vmid}.conf' does not exist`);

const messages: Record<number, string> = {
  401: 'authentication failure',
  429: 'too many requests',
  500: 'internal error',
  503: 'service unavailable',
};

/** The API's error body; without a message, one that fits the status. */
export function errorBody(
  status: number,
  message = messages[status] ?? `request failed with status ${status}`,
  errors?: Record<string, string>,
): { data: null; message: string; errors?: Record<string, string> } {
  return { data: null, message: `${message}\n`, ...(errors && { errors }) };
}
