/** Whatever is thrown in a request becomes a problem here, and nowhere else. */
import type { ErrorRequestHandler } from 'express';
import type { Logger } from 'pino';
import { TypeORMError } from 'typeorm';
import { ApiProblem, sendProblem } from './problem.ts';

/** The last middleware. */
export function errorHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const problem = toProblem(error);
    if (problem.status >= 500) {
      const log = (req as { log?: Logger }).log ?? logger;
      log.error({ err: error, kind: problem.kind }, 'request failed');
    }
    if (res.headersSent) next(error);
    else sendProblem(res, problem);
  };
}

/** The problem that an error is for the one who asked. */
export function toProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (isDatabaseDown(error)) {
    return new ApiProblem('database-unavailable', { cause: error, retryAfterSeconds: 5 });
  }
  const status = (error as { status?: unknown } | null)?.status;
  // Express and its router throw these for what they cannot read, such as "%FF" in an address.
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new ApiProblem(status === 404 ? 'not-found' : 'malformed-request', { cause: error });
  }
  return new ApiProblem('unexpected', { cause: error });
}

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** SQLSTATE class 08 (connection), 53 (out of resources), 57P (operator's intervention), 25006 (read-only standby). */
const SQLSTATES = /^(08...|53...|57P..|25006)$/;
/** What node-postgres says without a code. */
const MESSAGES =
  /connection terminated|timeout exceeded when trying to connect|not queryable|query read timeout|client was closed|driver not connected/i;

/** Whether the database cannot be reached or does not serve, as opposed to a wrong statement. */
export function isDatabaseDown(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isDatabaseDown)) return true;
  const cause = error instanceof TypeORMError ? (error as { driverError?: unknown }).driverError : undefined;
  if (cause !== undefined && cause !== error && isDatabaseDown(cause)) return true;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string' && (CONNECTION_CODES.has(code) || SQLSTATES.test(code))) return true;
  return MESSAGES.test(error.message);
}
