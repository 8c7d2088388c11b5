/** Answers other than success are `Status` objects (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/). */

/** A refusal that the client gets to read. */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: number, reason: string, message: string, details?: Record<string, unknown>) {
    super(message);
    this.name = 'StatusError';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
}

/** What a kind is called in messages and details. */
export interface KindName {
  group: string;
  plural: string;
}

const qualified = ({ group, plural }: KindName): string => (group === '' ? plural : `${plural}.${group}`);
const detailsOf = ({ group, plural }: KindName, name: string): Record<string, unknown> => ({
  name,
  ...(group !== '' && { group }),
  kind: plural,
});

export const notFound = (kind: KindName, name: string): StatusError =>
  new StatusError(404, 'NotFound', `${qualified(kind)} "${name}" not found`, detailsOf(kind, name));

export const alreadyExists = (kind: KindName, name: string): StatusError =>
  new StatusError(409, 'AlreadyExists', `${qualified(kind)} "${name}" already exists`, detailsOf(kind, name));

export const conflict = (kind: KindName, name: string, why: string): StatusError =>
  new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(kind)} "${name}": ${why}`,
    detailsOf(kind, name),
  );

export const invalid = (kind: KindName, name: string, why: string): StatusError =>
  new StatusError(422, 'Invalid', `${qualified(kind)} "${name}" is invalid: ${why}`, detailsOf(kind, name));

export const forbidden = (kind: KindName, name: string, why: string): StatusError =>
  new StatusError(
    403,
    'Forbidden',
    `${qualified(kind)} "${name}" is forbidden: ${why}`,
    detailsOf(kind, name),
  );

export const badRequest = (message: string): StatusError => new StatusError(400, 'BadRequest', message);

export const internalError = (why: string): StatusError =>
  new StatusError(500, 'InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] });

export const expired = (): StatusError =>
  new StatusError(
    410,
    'Expired',
    'The provided continue parameter is too old to display a consistent list result.',
  );

const REASONS: Record<number, [reason: string, message: string]> = {
  401: ['Unauthorized', 'Unauthorized'],
  404: ['NotFound', 'the server could not find the requested resource'],
  413: ['RequestEntityTooLarge', 'the request is too large'],
  415: ['UnsupportedMediaType', 'the body of the request was in an unknown format'],
  429: ['TooManyRequests', 'too many requests, please try again later'],
  500: ['InternalError', 'Internal error occurred'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
};

/** The body for a status, in the words of the server itself unless others are given. */
export function statusBody(code: number, error?: StatusError): Record<string, unknown> {
  const [reason, message] = REASONS[code] ?? ['Unknown', `the server answered ${code}`];
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: error?.message ?? message,
    reason: error?.reason ?? reason,
    ...(error?.details && { details: error.details }),
    ...(code === 429 && !error && { details: { retryAfterSeconds: 1 } }),
    code,
  };
}
