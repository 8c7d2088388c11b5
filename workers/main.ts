/** `npm run worker -- <kind>`: runs one kind of worker, the relay, or all of them in one process. */
import path from 'node:path';
import { DefaultLogger, Runtime, type LogLevel } from '@temporalio/worker';
import type { Logger } from 'pino';
import { connectTemporal } from '../api/temporal/connection.ts';
import { createMessenger } from '../api/temporal/client.ts';
import { createBilling } from '../activities/payments/billing.ts';
import { ConfigError, loadConfig, type Config } from '../schemas/config.ts';
import { openDatabase } from '../schemas/db/data-source.ts';
import { createLogger } from './logger.ts';
import { startRelay, type Relay } from './relay/relay.ts';
import { createDelivery, isOutage } from './relay/deliver.ts';
import { ensureSchedules } from './schedules.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { startTracing, type Tracing } from './tracing.ts';
import { paymentsOf, secretBoxOf } from './services.ts';
import { connectWorkers, createWorkers, WORKER_KINDS, type WorkerKind } from './temporal-workers.ts';
import type { DataSource } from 'typeorm';

const CACHE_DIR = path.resolve(process.env.TENURE_DIR ?? '.tenure', 'cache');

const PINO_LEVELS = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const satisfies Record<LogLevel, string>;

interface RunningWorkers {
  /** Ends when a worker ends; rejects if one fails. */
  done: Promise<void>;
  stop(): Promise<void>;
}

/** Starts the workers of `kinds` in this process. */
export async function runWorkers(
  kinds: readonly (WorkerKind | 'relay')[],
  config: Config,
  logger: Logger,
): Promise<RunningWorkers> {
  const db = await openDatabase({
    url: config.DATABASE_URL,
    poolSize: config.DATABASE_POOL_SIZE,
    applicationName: `tenure-worker-${kinds.join('+')}`,
  });
  const tracing = startTracing(config, 'tenure-worker');
  const temporalKinds = kinds.filter((kind) => kind !== 'relay');
  const connection = temporalKinds.length > 0 ? await connectWorkers(config) : null;
  if (connection) await ensureSearchAttributes(connection, config.TEMPORAL_NAMESPACE);
  if (kinds.includes('hypervisor')) await ensureSchedules(config, db);
  const workers = connection
    ? (
        await Promise.all(
          temporalKinds.map((kind) =>
            createWorkers(kind, { config, db, connection, cacheDir: CACHE_DIR, tracing, logger }),
          ),
        )
      ).flat()
    : [];
  const relay = kinds.includes('relay') ? openRelay(config, db, logger, tracing) : null;
  const done = Promise.all(workers.map((worker) => worker.run())).then(() => undefined);
  logger.info({ kinds, queues: workers.map((worker) => worker.options.taskQueue) }, 'working');

  return {
    done: workers.length > 0 ? done : new Promise(() => undefined),
    async stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.allSettled([done, relay?.stop()]);
      await connection?.close();
      await tracing.stop();
      await db.destroy();
    },
  };
}

function openRelay(config: Config, db: DataSource, logger: Logger, tracing: Tracing): Relay {
  const gateway = paymentsOf(config);
  const { client } = connectTemporal(config, secretBoxOf(config), tracing.plugins);
  return startRelay({
    databaseUrl: config.GATEWAY_DATABASE_URL,
    isOutage,
    deliver: createDelivery({
      db,
      gateway,
      billing: createBilling(db, gateway),
      messenger: createMessenger(client),
      logger,
    }),
    logger,
  });
}

/** The Temporal SDK's own metrics, in Prometheus's format; they also tell an orchestrator that the process lives. */
function installTelemetry({ METRICS_HOST: host, METRICS_PORT: port }: Config, logger: Logger): void {
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => {
      logger[PINO_LEVELS[level]]({ ...meta }, message);
    }),
    telemetryOptions: port === 0 ? {} : { metrics: { prometheus: { bindAddress: `${host}:${port}` } } },
  });
}

function parseKinds(argument: string | undefined): (WorkerKind | 'relay')[] {
  const all = [...WORKER_KINDS, 'relay'] as const;
  if (argument === 'all' || argument === undefined) return [...all];
  const kind = all.find((known) => known === argument);
  if (kind) return [kind];
  throw new ConfigError(`There is no worker "${argument}": use one of ${all.join(', ')} or all.`);
}

async function main(): Promise<void> {
  const kinds = parseKinds(process.argv[2]);
  const config = loadConfig();
  const logger = createLogger(config, `worker-${process.argv[2] ?? 'all'}`);
  installTelemetry(config, logger);
  const running = await runWorkers(kinds, config, logger);
  const stop = (signal: string): void => {
    logger.info({ signal }, 'stopping: finishing what is under way');
    void running.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.send?.('ready');
  await running.done;
}

if (import.meta.url === `file://${process.argv[1]}`) {
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
}
