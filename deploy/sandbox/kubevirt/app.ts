import { timingSafeEqual } from 'node:crypto';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import { troubleRoutes } from '../guests/first-boot-troubles.ts';
import { sandboxRouter } from '../shared/admin.ts';
import type { Faults } from '../shared/faults.ts';
import { slidingLimit } from '../shared/rate.ts';
import type { Cluster } from './cluster.ts';
import { controlRoutes } from './control-routes.ts';
import type { GitReconciler } from './gitops.ts';
import { objectRoutes } from './object-routes.ts';
import { StatusError, statusBody } from './status.ts';
import { subresourceRoutes } from './subresource-routes.ts';

/** As large as an object may be in etcd. */
const bodyLimit = '3mb';

/**
 * The cluster's API and the sandbox's levers under `/__sandbox`.
 *
 * @param token the one bearer token that is let in.
 * @param ratePerSecond requests that one address may make in any second.
 */
export function kubevirtApp(
  cluster: Cluster,
  git: GitReconciler | null,
  faults: Faults,
  token: string,
  ratePerSecond: number,
  logger: Logger,
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use('/__sandbox/kubevirt', controlRoutes(cluster, git));
  app.use('/__sandbox/guests', troubleRoutes(cluster.guests.troubles));
  app.use('/__sandbox', sandboxRouter(faults, cluster.ledger));
  app.use(faults.middleware);
  app.use(limitRate(ratePerSecond));
  app.use(requireToken(token));
  app.use(
    express.json({ limit: bodyLimit, type: ['application/json', 'application/merge-patch+json', '*/json'] }),
  );
  app.use(express.text({ limit: bodyLimit, type: 'application/apply-patch+yaml' }));
  app.use(subresourceRoutes(cluster));
  app.use(objectRoutes(cluster));
  app.use((_req, res) => {
    // Of a path without any kind the server says no more.
    res.status(404).type('text/plain').send('404 page not found\n');
  });
  app.use(answerError(logger));
  return app;
}

function limitRate(perSecond: number): RequestHandler {
  const mayPass = slidingLimit(perSecond);
  return (req, res, next) => {
    if (mayPass(req.ip ?? '')) next();
    else res.status(429).set('Retry-After', '1').json(statusBody(429));
  };
}

function requireToken(token: string): RequestHandler {
  const wanted = Buffer.from(`Bearer ${token}`);
  return (req, res, next) => {
    const given = Buffer.from(req.get('authorization') ?? '');
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) next();
    else res.status(401).json(statusBody(401));
  };
}

function answerError(logger: Logger): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    if (res.headersSent) return next(error);
    if (error instanceof StatusError) {
      res.status(error.code).json(statusBody(error.code, error));
      return;
    }
    // Errors of the body parser carry their own status.
    const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
    if (status >= 500) logger.error({ err: error }, 'the sandbox failed');
    res.status(status).json(statusBody(status));
  };
}
