/** The services of the cloud; each has its own way to refuse. */
export type Service = 'identity' | 'compute' | 'image' | 'volume' | 'network';

/** A refusal that the API's client gets to read. */
export class ApiError extends Error {
  readonly status: number;
  /** Neutron's type, e.g. `OverQuota`. */
  readonly type: string;
  readonly retryAfterSeconds?: number;

  constructor(status: number, message: string, type = '', retryAfterSeconds?: number) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.type = type;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export const badRequest = (message: string): ApiError => new ApiError(400, message);
export const forbidden = (message: string): ApiError => new ApiError(403, message);
export const conflict = (message: string, type = 'Conflict'): ApiError => new ApiError(409, message, type);
export const notFound = (what: string, id: string): ApiError =>
  new ApiError(404, `${what} ${id} could not be found.`, `${what}NotFound`);

/** What Nova says to an action that does not fit the state. */
export const wrongState = (action: string, id: string, state: string): ApiError =>
  conflict(`Cannot '${action}' instance ${id} while it is in ${state}`);

const FAULTS: Record<number, string> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  406: 'notAcceptable',
  409: 'conflictingRequest',
  413: 'overLimit',
  429: 'overLimit',
  503: 'serviceUnavailable',
};
const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Request Entity Too Large',
};

/** A service's error body. */
export function errorBody(service: Service, { status, message, type, retryAfterSeconds }: ApiError): unknown {
  const title = TITLES[status] ?? 'Error';
  // Whoever checks tokens answers for all services.
  if (service === 'identity' || status === 401) return { error: { code: status, message, title } };
  if (service === 'network') return { NeutronError: { type: type || 'HTTPError', message, detail: '' } };
  if (service === 'image')
    return { message: `${message}<br /><br />\n\n\n`, code: `${status} ${title}`, title };
  const fault = {
    code: status,
    message,
    ...(retryAfterSeconds !== undefined && { retryAfter: String(retryAfterSeconds) }),
  };
  return { [FAULTS[status] ?? 'computeFault']: fault };
}
