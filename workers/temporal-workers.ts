/** One Temporal worker per kind of work, with its tuning. */
import { readFile } from 'node:fs/promises';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';
import { mapFailures } from '../activities/temporal.ts';
import type { Config } from '../schemas/config.ts';
import { hypervisorQueue, LIFECYCLE_QUEUE, MAIL_QUEUE, PAYMENTS_QUEUE } from '../schemas/queues.ts';
import { guarded } from './breakers.ts';
import { workflowBundle } from './bundle.ts';
import { sharedPaces } from './paces.ts';
import { createWorkerDataConverter } from './tolerant-codec.ts';
import type { Tracing } from './tracing.ts';
import {
  backupActivitiesOf,
  backupFactsOf,
  comparisonFactsOf,
  factsOf,
  hypervisorsOf,
  importBillingOf,
  importFactsOf,
  importServersOf,
  instanceActivitiesOf,
  mailActivitiesOf,
  paymentActivitiesOf,
  reconcileActivitiesOf,
  secretBoxOf,
} from './services.ts';

export const WORKER_KINDS = ['lifecycle', 'hypervisor', 'payments', 'mail'] as const;
export type WorkerKind = (typeof WORKER_KINDS)[number];

/** After a SIGTERM activities get this long; must be shorter than the orchestrator's grace (30 s in the compose file). */
const SHUTDOWN_GRACE = '10s';

/**
 * How long one workflow may compute at a stretch. The SDK's 5 s can be too short for thousands of waiting messages on a busy machine, and
 * Node ends the whole process when they are over. The SDK reads it (1.24), but does not declare it yet.
 */
const COMPUTING = { isolateExecutionTimeout: '60s' };

export async function connectWorkers(config: Config): Promise<NativeConnection> {
  return NativeConnection.connect({
    address: config.TEMPORAL_ADDRESS,
    ...(config.TEMPORAL_API_KEY === undefined ? {} : { tls: true, apiKey: config.TEMPORAL_API_KEY }),
  });
}

/** What all workers have in common. */
function common(
  config: Config,
  connection: NativeConnection,
  tracing: Tracing,
): Omit<WorkerOptions, 'taskQueue'> {
  return {
    connection,
    namespace: config.TEMPORAL_NAMESPACE,
    dataConverter: createWorkerDataConverter(secretBoxOf(config)),
    shutdownGraceTime: SHUTDOWN_GRACE,
    // Heartbeats must reach the server well within the shortest time-out (4 s).
    maxHeartbeatThrottleInterval: '1500ms',
    interceptors: { activity: [mapFailures] },
    plugins: tracing.plugins,
    ...(config.TEMPORAL_BUILD_ID === undefined
      ? {}
      : {
          workerDeploymentOptions: {
            useWorkerVersioning: true,
            version: { deploymentName: 'tenure', buildId: config.TEMPORAL_BUILD_ID },
            defaultVersioningBehavior: 'AUTO_UPGRADE' as const,
          },
        }),
  };
}

export interface WorkerSurroundings {
  config: Config;
  db: DataSource;
  connection: NativeConnection;
  /** Keeps the workflow bundle. */
  cacheDir: string;
  tracing: Tracing;
  logger: Logger;
}

/** Creates the workers of one kind; they poll once they are run. */
export async function createWorkers(
  kind: WorkerKind,
  { config, db, connection, cacheDir, tracing, logger }: WorkerSurroundings,
): Promise<Worker[]> {
  const base = common(config, connection, tracing);
  switch (kind) {
    case 'lifecycle':
      return [
        await Worker.create({
          ...base,
          taskQueue: LIFECYCLE_QUEUE,
          workflowBundle:
            config.WORKFLOW_BUNDLE === undefined
              ? await workflowBundle(cacheDir, tracing.plugins)
              : { code: await readFile(config.WORKFLOW_BUNDLE, 'utf8') },
          activities: {
            ...factsOf(config, db),
            ...comparisonFactsOf(config, db),
            ...backupFactsOf(db),
            ...importFactsOf(config, db),
          },
          enableNonLocalActivities: false,
          ...COMPUTING,
          maxCachedWorkflows: config.WORKFLOW_CACHE_SIZE,
          stickyQueueScheduleToStartTimeout: config.STICKY_TIMEOUT_MS,
          maxConcurrentLocalActivityExecutions: config.DATABASE_POOL_SIZE * 2,
        }),
      ];
    case 'hypervisor':
      return Promise.all(
        [...hypervisorsOf(config, sharedPaces(db)).values()]
          .map((driver) => guarded(driver, db, logger))
          .map((hypervisor) =>
            Worker.create({
              ...base,
              taskQueue: hypervisorQueue(hypervisor.name),
              activities: {
                ...instanceActivitiesOf(config, db, hypervisor),
                ...reconcileActivitiesOf(config, db, hypervisor),
                ...backupActivitiesOf(db, hypervisor),
                ...importServersOf(config, db, hypervisor),
              },
              // Waiting for a boot holds a slot and nothing else.
              maxConcurrentActivityTaskExecutions: 200,
              maxTaskQueueActivitiesPerSecond: hypervisor.requestsPerSecond,
            }),
          ),
      );
    case 'payments':
      return [
        await Worker.create({
          ...base,
          taskQueue: PAYMENTS_QUEUE,
          activities: { ...paymentActivitiesOf(config, db), ...importBillingOf(config, db) },
          maxConcurrentActivityTaskExecutions: 20,
        }),
      ];
    case 'mail':
      return [
        await Worker.create({
          ...base,
          taskQueue: MAIL_QUEUE,
          activities: mailActivitiesOf(config, db),
          maxConcurrentActivityTaskExecutions: 20,
        }),
      ];
  }
}
