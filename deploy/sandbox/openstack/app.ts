import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import { troubleRoutes } from '../guests/first-boot-troubles.ts';
import { sandboxRouter } from '../shared/admin.ts';
import type { Faults } from '../shared/faults.ts';
import { slidingLimit } from '../shared/rate.ts';
import { projectId } from './catalog.ts';
import { computeRoutes } from './compute-routes.ts';
import { controlRoutes } from './control-routes.ts';
import { ApiError, type Service, errorBody } from './errors.ts';
import { type Identity, identityRoutes, requireToken } from './identity-routes.ts';
import { imageRoutes } from './image-routes.ts';
import { networkRoutes } from './network-routes.ts';
import { presentVersion } from './present.ts';
import type { Sandbox } from './sandbox.ts';
import { volumeRoutes } from './volume-routes.ts';

/** Larger than any body that the APIs take. */
const bodyLimit = '1mb';
const services: readonly Service[] = ['identity', 'compute', 'image', 'volume', 'network'];

/**
 * The services of the cloud, each below its own path, and the sandbox's levers under `/__sandbox`.
 *
 * @param ratePerSecond requests that one address may make in any second, as a proxy in front of a cloud limits them.
 */
export function openstackApp(
  sandbox: Sandbox,
  faults: Faults,
  identity: Identity,
  ratePerSecond: number,
  logger: Logger,
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use('/__sandbox/openstack', controlRoutes(sandbox));
  app.use('/__sandbox/guests', troubleRoutes(sandbox.guests.troubles));
  app.use('/__sandbox', sandboxRouter(faults, sandbox.ledger));
  app.use(faults.middleware);
  app.use(limitRate(ratePerSecond));
  app.use(express.json({ limit: bodyLimit }));
  app.use('/identity/v3', identityRoutes(sandbox, identity));
  app.get('/compute/v2.1/', (_req, res) => {
    res.json(presentVersion());
  });
  app.use(requireToken(sandbox.store));
  app.use('/compute/v2.1', computeRoutes(sandbox));
  app.use('/image/v2', imageRoutes(sandbox));
  app.use(`/volume/v3/${projectId}`, volumeRoutes(sandbox));
  if (sandbox.hasNetwork) app.use('/network/v2.0', networkRoutes(sandbox));
  app.use(answerNoRoute);
  app.use(answerError(logger));
  return app;
}

function limitRate(perSecond: number): RequestHandler {
  const mayPass = slidingLimit(perSecond);
  return (req, _res, next) => {
    next(mayPass(req.ip ?? '') ? undefined : new ApiError(429, 'This request was rate-limited.', '', 1));
  };
}

/** Not a fault of a service but of the frame around them. */
const answerNoRoute: RequestHandler = (_req, res) => {
  res.status(404).type('text/plain').send('404 Not Found\n\nThe resource could not be found.\n');
};

function answerError(logger: Logger): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error);
    const service = services.find((each) => req.originalUrl.startsWith(`/${each}`)) ?? 'compute';
    const refusal = error instanceof ApiError ? error : foreign(error);
    if (refusal.status >= 500) logger.error({ err: error }, 'the sandbox failed');
    if (refusal.retryAfterSeconds !== undefined) res.set('Retry-After', String(refusal.retryAfterSeconds));
    res.status(refusal.status).json(errorBody(service, refusal));
  };
}

/** Errors of the body parser carry their own status. */
function foreign(error: unknown): ApiError {
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
  return new ApiError(status, status === 400 ? 'Malformed request body' : 'Unexpected API Error.');
}
