import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import { troubleRoutes } from '../guests/first-boot-troubles.ts';
import { sandboxRouter } from '../shared/admin.ts';
import type { Faults } from '../shared/faults.ts';
import { slidingLimit } from '../shared/rate.ts';
import { type SandboxCredentials, requireRequestId, requireToken, tokenRoutes } from './auth.ts';
import { catalogRoutes } from './catalog-routes.ts';
import { controlRoutes } from './control-routes.ts';
import { ApiError, errorBody, notFound } from './errors.ts';
import { instanceRoutes } from './instance-routes.ts';
import type { Sandbox } from './sandbox.ts';
import { secretRoutes } from './secret-routes.ts';
import { snapshotRoutes } from './snapshot-routes.ts';

export interface AppOptions {
  credentials: SandboxCredentials;
  /** How long a token is good for. */
  tokenSeconds: number;
  /** Requests that one address may make in any second. */
  ratePerSecond: number;
}

/** Larger than any user data that the API takes. */
const bodyLimit = '1mb';

/** The API under `/v1`, its token endpoint under `/auth`, and the sandbox's levers under `/__sandbox`. */
export function contaboApp(
  sandbox: Sandbox,
  faults: Faults,
  { credentials, tokenSeconds, ratePerSecond }: AppOptions,
  logger: Logger,
): Express {
  const { store, ledger } = sandbox;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use('/__sandbox/contabo', controlRoutes(sandbox));
  app.use('/__sandbox/guests', troubleRoutes(sandbox.guests.troubles));
  app.use('/__sandbox', sandboxRouter(faults, ledger));
  app.use(faults.middleware);
  app.use(limitRate(ratePerSecond));
  app.use(tokenRoutes(store, credentials, tokenSeconds));

  const v1 = express.Router();
  v1.use(requireToken(store));
  v1.use(requireRequestId);
  v1.use(express.json({ limit: bodyLimit }));
  v1.use(catalogRoutes());
  v1.use('/compute', snapshotRoutes(sandbox));
  v1.use('/compute/instances', instanceRoutes(sandbox));
  v1.use('/secrets', secretRoutes(sandbox));
  app.use('/v1', v1);

  app.use((req) => {
    throw notFound(`Cannot ${req.method} ${req.path}`);
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

function answerError(logger: Logger): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    if (res.headersSent) return next(error);
    if (error instanceof ApiError) {
      res.status(error.status).json(errorBody(error.status, error.said));
      return;
    }
    // Errors of the body parser carry their own status.
    const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
    if (status >= 500) logger.error({ err: error }, 'the sandbox failed');
    res.status(status).json(errorBody(status, status === 400 ? 'Unexpected token in JSON' : undefined));
  };
}
