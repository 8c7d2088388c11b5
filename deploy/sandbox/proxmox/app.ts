import { timingSafeEqual } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import { troubleRoutes } from '../guests/first-boot-troubles.ts';
import { sandboxRouter } from '../shared/admin.ts';
import type { Faults } from '../shared/faults.ts';
import { clusterRoutes } from './cluster-routes.ts';
import { controlRoutes } from './control-routes.ts';
import { ApiError, errorBody } from './errors.ts';
import type { Sandbox } from './sandbox.ts';
import { vmRoutes } from './vm-routes.ts';

/**
 * The API under `/api2/json` and the sandbox's levers under `/__sandbox`.
 *
 * @param token the one API token that is let in, `USER@REALM!ID=SECRET`.
 * @param authDelayMs how long a refused token waits for its answer.
 */
export function proxmoxApp(
  sandbox: Sandbox,
  faults: Faults,
  token: string,
  authDelayMs: number,
  logger: Logger,
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use('/__sandbox/proxmox', controlRoutes(sandbox, sandbox.snippetDir));
  app.use('/__sandbox/guests', troubleRoutes(sandbox.guests.troubles));
  app.use('/__sandbox', sandboxRouter(faults, sandbox.ledger));
  app.use(faults.middleware);

  const api = express.Router();
  api.use(requireToken(token, authDelayMs));
  api.use(express.json({ limit: '1mb' }));
  api.use(express.urlencoded({ extended: false, limit: '1mb' }));
  api.use(clusterRoutes(sandbox));
  api.use('/nodes/:node/qemu', vmRoutes(sandbox));
  app.use('/api2/json', api);

  app.use((req) => {
    throw new ApiError(501, `Method '${req.method} ${req.path.replace('/api2/json', '')}' not implemented`);
  });
  app.use(answerError(logger));
  return app;
}

function requireToken(token: string, delayMs: number): RequestHandler {
  const wanted = Buffer.from(`PVEAPIToken=${token}`);
  return async (req, _res, next) => {
    const given = Buffer.from(req.get('authorization') ?? '');
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) return next();
    await sleep(delayMs);
    next(new ApiError(401, 'authentication failure'));
  };
}

function answerError(logger: Logger): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    if (res.headersSent) return next(error);
    if (error instanceof ApiError) {
      const { status, message, errors } = error;
      // The text stands in the reason phrase, too.
      res.statusMessage = message.replaceAll(/[^\x20-\x7e]/g, ' ').slice(0, 200);
      res.status(status).json(errorBody(status, message, errors));
      return;
    }
    // Errors of the body parser carry their own status.
    const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
    if (status >= 500) logger.error({ err: error }, 'the sandbox failed');
    res.status(status).json(errorBody(status));
  };
}
