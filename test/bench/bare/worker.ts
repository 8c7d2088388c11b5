/** A worker process of its own for the bare workflows: the product's queues, tuning and codec, and empty activities. */
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { createSecretBox } from '../../../schemas/crypto/secret-box.ts';
import { loadConfig } from '../../../schemas/config.ts';
import { createDataConverter } from '../../../schemas/data-converter.ts';
import { hypervisorQueue, LIFECYCLE_QUEUE, MAIL_QUEUE, PAYMENTS_QUEUE } from '../../../schemas/queues.ts';
import '../rig/probe.ts';
import { startTracing } from '../../../workers/tracing.ts';
import { type EmptyActivities, PROVIDER } from './activities.ts';

/** "off": payloads are not encrypted, as nobody would run it. */
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
const workers = await Promise.all([
  Worker.create({
    ...common,
    taskQueue: LIFECYCLE_QUEUE,
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('workflows.ts', import.meta.url)),
      plugins: tracing.plugins,
      ...(PLAIN
        ? {}
        : {
            failureConverterPath: fileURLToPath(
              new URL('../../../schemas/failure-converter.ts', import.meta.url),
            ),
          }),
    }),
    enableNonLocalActivities: false,
    maxCachedWorkflows: config.WORKFLOW_CACHE_SIZE,
    stickyQueueScheduleToStartTimeout: config.STICKY_TIMEOUT_MS,
    maxConcurrentLocalActivityExecutions: config.DATABASE_POOL_SIZE * 2,
  }),
  Worker.create({
    ...common,
    taskQueue: hypervisorQueue(PROVIDER),
    maxConcurrentActivityTaskExecutions: 200,
    maxTaskQueueActivitiesPerSecond: config.VULTR_REQUESTS_PER_SECOND,
  }),
  Worker.create({ ...common, taskQueue: PAYMENTS_QUEUE, maxConcurrentActivityTaskExecutions: 20 }),
  Worker.create({ ...common, taskQueue: MAIL_QUEUE, maxConcurrentActivityTaskExecutions: 20 }),
]);
const running = Promise.all(workers.map((worker) => worker.run()));
process.send?.('ready');
await running;
