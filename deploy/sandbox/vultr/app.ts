import { timingSafeEqual } from 'node:crypto';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import { troubleRoutes } from '../guests/first-boot-troubles.ts';
import { sandboxRouter } from '../shared/admin.ts';
import type { Faults } from '../shared/faults.ts';
import { slidingLimit } from '../shared/rate.ts';
import { addressRoutes } from './address-routes.ts';
import { blockRoutes } from './block-routes.ts';
import { accountRoutes, catalogRoutes } from './catalog-routes.ts';
import { controlRoutes } from './control-routes.ts';
import { ApiError, errorBody } from './errors.ts';
import { firewallRoutes } from './firewall-routes.ts';
import { instanceRoutes } from './instance-routes.ts';
import type { Sandbox } from './sandbox.ts';
import { snapshotRoutes } from './snapshot-routes.ts';
import { sshKeyRoutes } from './ssh-key-routes.ts';

/** Larger than any user data that the API takes. */
const bodyLimit = '1mb';

/**
 * The API under `/v2` and the sandbox's levers under `/__sandbox`.
 *
 * @param apiKey the one bearer token that is let in.
 * @param ratePerSecond requests that one address may make in any second.
 */
export function vultrApp(
  sandbox: Sandbox,
  faults: Faults,
  apiKey: string,
  ratePerSecond: number,
  logger: Logger,
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use('/__sandbox/vultr', controlRoutes(sandbox));
  app.use('/__sandbox/guests', troubleRoutes(sandbox.guests.troubles));
  app.use('/__sandbox', sandboxRouter(faults, sandbox.ledger));
  app.use(faults.middleware);
  app.use(limitRate(ratePerSecond));

  const v2 = express.Router();
  v2.use(express.json({ limit: bodyLimit }));
  v2.use(catalogRoutes(sandbox));
  v2.use(requireToken(apiKey));
  v2.use(accountRoutes());
  v2.use('/instances', addressRoutes(sandbox), instanceRoutes(sandbox));
  v2.use('/blocks', blockRoutes(sandbox));
  v2.use('/firewalls', firewallRoutes(sandbox));
  v2.use('/snapshots', snapshotRoutes(sandbox));
  v2.use('/ssh-keys', sshKeyRoutes(sandbox));
  app.use('/v2', v2);

  app.use(() => {
    throw new ApiError(404, 'Not found.');
  });
  app.use(answerError(logger));
  return app;
}

function limitRate(perSecond: number): RequestHandler {
  const mayPass = slidingLimit(perSecond);
  return (req, res, next) => {
    if (mayPass(req.ip ?? '')) next();
    else res.status(429).json(errorBody(429));
  };
}

function requireToken(apiKey: string): RequestHandler {
  const wanted = Buffer.from(`Bearer ${apiKey}`);
  return (req, _res, next) => {
    const given = Buffer.from(req.get('authorization') ?? '');
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) next();
    else next(new ApiError(401, 'Invalid API token.'));
  };
}

function answerError(logger: Logger): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    if (res.headersSent) return next(error);
    if (error instanceof ApiError) {
      res.status(error.status).json(errorBody(error.status, error.message));
      return;
    }
    // Errors of the body parser carry their own status.
    const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
    if (status >= 500) logger.error({ err: error }, 'the sandbox failed');
    res.status(status).json(errorBody(status, status === 400 ? 'Invalid JSON.' : undefined));
  };
}
