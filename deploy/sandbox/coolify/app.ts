import { timingSafeEqual } from 'node:crypto';
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Router } from 'express';
import type { Logger } from 'pino';
import { sandboxRouter } from '../shared/admin.ts';
import type { Faults } from '../shared/faults.ts';
import { lookUp } from '../shared/lookup.ts';
import { controlRoutes } from './control-routes.ts';
import { deploymentRoutes } from './deploying.ts';
import { ApiError, errorBody, notFound } from './errors.ts';
import { presentServer } from './presenting.ts';
import { applicationRoutes, serviceRoutes } from './resource-routes.ts';
import { type Sandbox, methodsOf } from './sandbox.ts';
import type { Access } from './state.ts';

const VERSION = '4.3.11';
const MINUTE_MS = 60_000;
/** Larger than any compose file. */
const BODY_LIMIT = '1mb';

/** What each way of not being let in is answered with; the flag of success is the API's own mistake. */
const CLOSED: Record<Exclude<Access, 'open'>, ApiError> = {
  'api-disabled': new ApiError(403, 'API is disabled.', { success: true }),
  'ip-refused': new ApiError(403, 'You are not allowed to access the API.', { success: true }),
  'no-ability': new ApiError(403, 'Missing required permissions: write'),
  'no-team': new ApiError(400, 'Invalid token.', {
    docs: 'https://coolify.io/docs/api-reference/authorization',
  }),
};

/**
 * The API under `/api/v1` and the sandbox's levers under `/__sandbox`.
 *
 * @param token the one bearer token that is let in.
 * @param ratePerMinute requests that it may make in any minute of the clock.
 */
export function coolifyApp(
  sandbox: Sandbox,
  faults: Faults,
  token: string,
  ratePerMinute: number,
  logger: Logger,
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use('/__sandbox/coolify', controlRoutes(sandbox));
  app.use('/__sandbox', sandboxRouter(faults, sandbox.ledger));
  app.use(faults.middleware);

  const v1 = express.Router();
  v1.use(requireToken(token));
  v1.use(limitRate(ratePerMinute));
  v1.use((_req, _res, next) => {
    const { access } = sandbox.store.state.control;
    if (access === 'open') next();
    else next(CLOSED[access]);
  });
  v1.use(express.json({ limit: BODY_LIMIT }));
  v1.get('/version', (_req, res) => void res.type('html').send(VERSION));
  v1.use(serverRoutes(sandbox));
  v1.use(deploymentRoutes(sandbox));
  v1.use('/applications', applicationRoutes(sandbox));
  v1.use('/services', serviceRoutes(sandbox));
  app.use('/api/v1', v1);

  app.use(() => {
    throw new ApiError(404, 'Not found.', { docs: 'https://coolify.io/docs' });
  });
  app.use(answerError(logger));
  return app;
}

function serverRoutes({ store: { state } }: Sandbox): Router {
  const router = express.Router();
  methodsOf(router, '/servers', {
    get: (_req, res) => {
      res.json(Object.values(state.servers).map(presentServer));
    },
  });
  methodsOf(router, '/servers/:uuid', {
    get: (req, res) => {
      const server = lookUp(state.servers, String(req.params['uuid']));
      if (!server) throw notFound('Server');
      res.json(presentServer(server));
    },
  });
  methodsOf(router, '/servers/:uuid/resources', {
    get: (req, res) => {
      const server = lookUp(state.servers, String(req.params['uuid']));
      if (!server) throw notFound('Server');
      const there = Object.values(state.resources).filter(({ serverUuid }) => serverUuid === server.uuid);
      res.json(
        there.map(({ seq, uuid, name, kind, status, createdAt, updatedAt }) => ({
          id: seq,
          uuid,
          name,
          type: kind,
          created_at: createdAt,
          updated_at: updatedAt,
          status,
        })),
      );
    },
  });
  return router;
}

function requireToken(token: string): RequestHandler {
  const wanted = Buffer.from(`Bearer ${token}`);
  return (req, _res, next) => {
    const given = Buffer.from(req.get('authorization') ?? '');
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) next();
    else next(new ApiError(401, 'Unauthenticated.'));
  };
}

/** Counts by the minute from the first request on, as Laravel's limiter does. */
function limitRate(perMinute: number): RequestHandler {
  let endsAtMs = 0;
  let count = 0;
  return (_req, res, next) => {
    const nowMs = Date.now();
    if (nowMs >= endsAtMs) {
      endsAtMs = nowMs + MINUTE_MS;
      count = 0;
    }
    count += 1;
    if (perMinute === Infinity) return next();
    res.set({
      'X-RateLimit-Limit': `${perMinute}`,
      'X-RateLimit-Remaining': `${Math.max(0, perMinute - count)}`,
    });
    if (count <= perMinute) return next();
    const seconds = `${Math.ceil((endsAtMs - nowMs) / 1_000)}`;
    next(new ApiError(429, 'Too Many Attempts.', {}, { 'Retry-After': seconds }));
  };
}

function answerError(logger: Logger): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    if (res.headersSent) return next(error);
    if (error instanceof ApiError) {
      res.set(error.headers);
      res.status(error.status).json({ ...errorBody(error.status, error.message), ...error.more });
      return;
    }
    // Errors of the body parser carry their own status.
    const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
    if (status === 400) {
      res.status(400).json({ message: 'Invalid request.', error: 'Invalid JSON.' });
      return;
    }
    if (status >= 500) logger.error({ err: error }, 'the sandbox failed');
    res.status(status).json(errorBody(status));
  };
}
