/** `npm run api`: the API, the webhooks and the pages in one process. */
import type { Server } from 'node:http';
import pg from 'pg';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { checkCloudInit } from '../activities/access/user-data.ts';
import { createBilling } from '../activities/payments/billing.ts';
import { createApp } from '../api/app.ts';
import { loadCatalog } from '../api/catalog/load.ts';
import { publishCatalog } from '../api/catalog/publish.ts';
import { whyServersAreDeaf } from '../api/catalog/reach.ts';
import type { RateLimit } from '../api/http/rate-limit.ts';
import { createMessenger } from '../api/temporal/client.ts';
import { connectTemporal } from '../api/temporal/connection.ts';
import { type Config, ConfigError, loadConfig } from '../schemas/config.ts';
import { mortalConnections } from '../schemas/db/connection.ts';
import { openDatabase } from '../schemas/db/data-source.ts';
import { findTenant, FIRST_TENANT_SLUG } from '../schemas/db/tenancy.ts';
import { createLogger } from './logger.ts';
import { startTracing } from './tracing.ts';
import { hypervisorsOf, paymentsOf, secretBoxOf } from './services.ts';

export interface RunningApi {
  /** Where it listens, e.g. "http://127.0.0.1:4000". */
  url: string;
  stop(): Promise<void>;
}

const METRICS_TIMEOUT_MS = 2_000;
/** How long requests under way may take after a stop was asked for. */
const DRAIN_MS = 3_000;

/** Starts the API: publishes the catalogue, then listens. @throws if the database, the configuration or the catalogue is not usable. */
export async function runApi(config: Config, logger: Logger, rateLimit?: RateLimit): Promise<RunningApi> {
  const db = await openDatabase({
    url: config.DATABASE_URL,
    poolSize: config.DATABASE_POOL_SIZE,
    applicationName: 'tenure-api',
  });
  const gatewayPool = new pg.Pool({
    connectionString: config.GATEWAY_DATABASE_URL,
    max: config.DATABASE_POOL_SIZE,
    ...mortalConnections(),
    application_name: 'tenure-api-gateway',
  });
  gatewayPool.on('error', (error) => logger.warn({ err: error }, 'gateway connection lost'));
  const tenant = await findTenant(db, FIRST_TENANT_SLUG);
  const hypervisors = hypervisorsOf(config);
  const catalog = await loadCatalog(config.CATALOG_FILE, { hypervisors, cloudInit: checkCloudInit });
  const fault = whyServersAreDeaf(catalog, config, new Set(hypervisors.keys()));
  if (fault !== null) throw new ConfigError(fault);
  await publishCatalog(db, tenant.id, catalog);

  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const secretBox = secretBoxOf(config);
  const tracing = startTracing(config, 'tenure-api');
  const temporal = connectTemporal(config, secretBox, tracing.plugins);
  const stopping = new AbortController();
  const payments = paymentsOf(config);
  const app = createApp({
    config,
    db,
    gatewayPool,
    payments,
    billing: createBilling(db, payments),
    hypervisors,
    messenger: createMessenger(temporal.client),
    tenant,
    secretBox,
    registry,
    logger,
    stopping: stopping.signal,
    ...(rateLimit === undefined ? {} : { rateLimit }),
    ...(config.WORKER_METRICS_URL === undefined
      ? {}
      : { moreMetrics: () => fetchMetrics(config.WORKER_METRICS_URL ?? '') }),
  });
  const server = await new Promise<Server>((resolve, reject) => {
    const listening = app.listen(config.API_PORT, config.API_HOST, (error?: Error) =>
      error ? reject(error) : resolve(listening),
    );
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : config.API_PORT;
  logger.info({ port }, 'listening');

  return {
    url: `http://${config.API_HOST}:${port}`,
    async stop() {
      stopping.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      // A page that goes on asking over a kept connection must not hold us up.
      const impatience = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
      await closed;
      clearTimeout(impatience);
      await temporal.close();
      await tracing.stop();
      await gatewayPool.end();
      await db.destroy();
    },
  };
}

async function fetchMetrics(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(METRICS_TIMEOUT_MS) });
  return answer.text();
}

async function main(): Promise<void> {
  const config = loadConfig();
  const logger = createLogger(config, 'api');
  const api = await runApi(config, logger);
  const stop = (signal: string): void => {
    logger.info({ signal }, 'stopping');
    void api.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.send?.('ready');
}

if (import.meta.url === `file://${process.argv[1]}`) {
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
}
