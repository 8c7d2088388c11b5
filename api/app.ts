/** The API as an Express application: one router per resource, and the plumbing that all of them share. */
import express from 'express';
import { apiKeysRouter } from './api-keys/router.ts';
import { auditRouter } from './audit/router.ts';
import { catalogRouter } from './catalog/router.ts';
import { checkoutsRouter } from './checkouts/router.ts';
import { decodePayloads, encodePayloads } from './codec/contract.ts';
import { allowTemporalUi } from './codec/cors.ts';
import { codecRouter } from './codec/router.ts';
import { credentialsRouter } from './credentials/router.ts';
import { customersRouter } from './customers/router.ts';
import type { ApiDependencies } from './dependencies.ts';
import { firstBootsRouter } from './first-boots/router.ts';
import { watchFleet } from './fleet/metrics.ts';
import { fleetRouter } from './fleet/router.ts';
import { healthRouter } from './health/router.ts';
import { answerOptions, unanswered } from './http/addresses.ts';
import { errorHandler } from './http/errors.ts';
import { createIdempotency } from './http/idempotency.ts';
import { createApiMetrics } from './http/metrics.ts';
import { createRateLimiter, DEFAULT_RATE_LIMIT } from './http/rate-limit.ts';
import { requestLog } from './http/request-log.ts';
import { securityHeaders } from './http/security-headers.ts';
import type { Server } from './http/serve.ts';
import { docsRouter } from './openapi/docs-page.ts';
import { openApiRouter } from './openapi/router.ts';
import { ROUTES } from './openapi/routes.ts';
import { importsRouter } from './imports/router.ts';
import { instancesRouter } from './instances/router.ts';
import { ordersRouter } from './orders/router.ts';
import { pagesRouter } from './pages/router.ts';
import { paymentEventsRouter } from './payment-events/router.ts';
import { planChangesRouter } from './plan-changes/router.ts';
import { subscriptionsRouter } from './subscriptions/router.ts';
import { webhooksRouter } from './webhooks/router.ts';

/**
 * The application; the caller listens with it. It holds no connections of its own, except one to the database while somebody watches an
 * order; those streams end when `deps.stopping` is aborted.
 */
export function createApp(deps: ApiDependencies): express.Express {
  const server: Server = {
    deps,
    idempotency: createIdempotency(deps.db, deps.secretBox),
    limiter: createRateLimiter(deps.rateLimit ?? DEFAULT_RATE_LIMIT),
  };
  const metrics = createApiMetrics(deps.registry, deps.gatewayPool);

  watchFleet(deps.registry, {
    db: deps.db,
    tenantId: deps.tenant.id,
    trendDays: deps.config.CAPACITY_TREND_DAYS,
  });

  const app = express();
  app.set('trust proxy', deps.config.TRUST_PROXY);
  app.set('query parser', 'simple');
  app.set('etag', false);
  app.disable('x-powered-by');

  app.use(metrics.observeRequests);
  // With the least around it: each layer here would cost it about a tenth of its throughput.
  app.use(webhooksRouter(server, metrics));
  app.use(requestLog(deps.logger));
  app.use(securityHeaders(deps.config));
  app.use([decodePayloads.path, encodePayloads.path], allowTemporalUi(deps.config.TEMPORAL_UI_URL));
  app.use(answerOptions(ROUTES));
  app.use(healthRouter(server));
  app.use(catalogRouter(server));
  app.use(checkoutsRouter(server));
  app.use(ordersRouter(server));
  app.use(credentialsRouter(server));
  app.use(firstBootsRouter(server));
  app.use(subscriptionsRouter(server));
  app.use(planChangesRouter(server));
  app.use(instancesRouter(server));
  app.use(customersRouter(server));
  app.use(auditRouter(server));
  app.use(paymentEventsRouter(server));
  app.use(fleetRouter(server));
  app.use(importsRouter(server));
  app.use(apiKeysRouter(server));
  app.use(codecRouter(server));
  app.use(openApiRouter(server));
  app.use(docsRouter());
  app.use(pagesRouter(deps.pagesDir));
  app.use(unanswered(ROUTES));
  app.use(errorHandler(deps.logger));
  return app;
}
