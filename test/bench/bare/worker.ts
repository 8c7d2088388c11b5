/** A worker process of its own for the bare workflows: the product's queues, tuning and codec, and empty activities. */
import { fileURLToPath } from 'node:url';
import {
  bundleWorkflowCode,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
  type WorkflowBundle,
} from '@temporalio/worker';
import { createSecretBox } from '../../../schemas/crypto/secret-box.ts';
import { loadConfig } from '../../../schemas/config.ts';
import { createDataConverter } from '../../../schemas/data-converter.ts';
import { hypervisorQueue, LIFECYCLE_QUEUE, MAIL_QUEUE, PAYMENTS_QUEUE } from '../../../schemas/queues.ts';
import '../rig/probe.ts';
import { startTracing } from '../../../workers/tracing.ts';
import { type EmptyActivities, PROVIDER } from './activities.ts';

/** Which of the workers one process runs; `activities` are all that do not run workflows. */
export type BareKinds = 'all' | 'lifecycle' | 'activities' | 'hypervisor';

/** "off": payloads are not encrypted, as nobody would run it. */
const QUOTA_PER_SECOND = 10_000;
const PLAIN = process.env.BENCH_CODEC === 'off';

const config = loadConfig();
Runtime.install({
  shutdownSignals: [],
  logger: undefined,
  telemetryOptions:
    config.METRICS_PORT === 0
      ? {}
      : { metrics: { prometheus: { bindAddress: `127.0.0.1:${config.METRICS_PORT}` } } },
});
const activities: EmptyActivities = { step: async () => ({ done: true }) };
const tracing = startTracing(config, 'bare-worker');
const common: Omit<WorkerOptions, 'taskQueue'> = {
  connection: await NativeConnection.connect({ address: config.TEMPORAL_ADDRESS }),
  namespace: config.TEMPORAL_NAMESPACE,
  maxHeartbeatThrottleInterval: '1500ms',
  activities,
  plugins: tracing.plugins,
  ...(PLAIN ? {} : { dataConverter: createDataConverter(createSecretBox(config.ENCRYPTION_KEYS)) }),
};

function lifecycleWorker(code: WorkflowBundle): Promise<Worker> {
  return Worker.create({
    ...common,
    taskQueue: LIFECYCLE_QUEUE,
    workflowBundle: code,
    enableNonLocalActivities: false,
    maxCachedWorkflows: config.WORKFLOW_CACHE_SIZE,
    stickyQueueScheduleToStartTimeout: config.STICKY_TIMEOUT_MS,
    maxConcurrentLocalActivityExecutions: config.DATABASE_POOL_SIZE * 2,
  });
}

function bundle(): Promise<WorkflowBundle> {
  const failureConverterPath = fileURLToPath(
    new URL('../../../schemas/failure-converter.ts', import.meta.url),
  );
  return bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('workflows.ts', import.meta.url)),
    plugins: tracing.plugins,
    ...(PLAIN ? {} : { failureConverterPath }),
  });
}

function hypervisorWorker(): Promise<Worker> {
  return Worker.create({
    ...common,
    taskQueue: hypervisorQueue(PROVIDER),
    maxConcurrentActivityTaskExecutions: 200,
    maxTaskQueueActivitiesPerSecond: QUOTA_PER_SECOND,
  });
}

function otherWorkers(): Promise<Worker>[] {
  return [PAYMENTS_QUEUE, MAIL_QUEUE].map((taskQueue) =>
    Worker.create({ ...common, taskQueue, maxConcurrentActivityTaskExecutions: 20 }),
  );
}

const kinds = process.argv[2] as BareKinds;
const workers = await Promise.all([
  ...(kinds === 'all' || kinds === 'lifecycle' ? [lifecycleWorker(await bundle())] : []),
  ...(kinds === 'lifecycle' ? [] : [hypervisorWorker()]),
  ...(kinds === 'all' || kinds === 'activities' ? otherWorkers() : []),
]);
process.once('SIGTERM', () => {
  for (const worker of workers) worker.shutdown();
});
const running = Promise.all(workers.map((worker) => worker.run()));
process.send?.('ready');
await running;
await tracing.stop();
process.exit(0);
