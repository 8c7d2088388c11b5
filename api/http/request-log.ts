/** One line per request, with an id that goes back to the caller; links' secrets are cut out. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;
const SECRET_SEGMENT = /(\/(?:v1\/orders|v1\/credentials|v1\/first-boot|order|credentials)\/)[^/?#]+/g;
/** Asked every few seconds by machines. */
const QUIET = /^\/(healthz|readyz|metrics)$/;

/** The address without tokens and without its query. */
export function withoutSecrets(url: string): string {
  return (url.split('?')[0] ?? '').replace(SECRET_SEGMENT, '$1***');
}

export function requestLog(logger: Logger): RequestHandler {
  return pinoHttp<IncomingMessage, ServerResponse>({
    logger,
    genReqId(req, res) {
      const given = req.headers['x-request-id'];
      const id = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
      res.setHeader('X-Request-Id', id);
      return id;
    },
    autoLogging: { ignore: (req) => QUIET.test(req.url ?? '') },
    // Headers are not logged at all: they carry keys, cookies and, as Referer, whole links.
    serializers: {
      req: (req: { id: unknown; method: string; url: string }) => ({
        id: req.id,
        method: req.method,
        url: withoutSecrets(req.url),
      }),
      res: (res: { statusCode: number }) => ({ statusCode: res.statusCode }),
    },
    customLogLevel: (_req, res, error) => (error || res.statusCode >= 500 ? 'warn' : 'info'),
  });
}
