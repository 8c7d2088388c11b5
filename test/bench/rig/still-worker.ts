/** The product's hypervisor worker over a provider that answers at once. */
import { Worker } from '@temporalio/worker';
import { createInstanceActivities } from '../../../activities/instances/activities.ts';
import { createFirstBootRecords } from '../../../activities/instances/first-boot.ts';
import { createExtraRows } from '../../../activities/instances/extras.ts';
import { createInstanceRows } from '../../../activities/instances/rows.ts';
import { mapFailures } from '../../../activities/temporal.ts';
import { loadConfig } from '../../../schemas/config.ts';
import { createDataConverter } from '../../../schemas/data-converter.ts';
import { openDatabase } from '../../../schemas/db/data-source.ts';
import { hypervisorQueue } from '../../../schemas/queues.ts';
import { secretBoxOf } from '../../../workers/services.ts';
import { connectWorkers } from '../../../workers/temporal-workers.ts';
import { stillHypervisor, stillProbe } from './still-hypervisor.ts';

const config = loadConfig();
const db = await openDatabase({
  url: config.DATABASE_URL,
  poolSize: config.DATABASE_POOL_SIZE,
  applicationName: 'bench-still',
});
const hypervisor = stillHypervisor('vultr');
const secretBox = secretBoxOf(config);
const worker = await Worker.create({
  connection: await connectWorkers(config),
  namespace: config.TEMPORAL_NAMESPACE,
  dataConverter: createDataConverter(secretBox),
  maxHeartbeatThrottleInterval: '1500ms',
  interceptors: { activity: [mapFailures] },
  taskQueue: hypervisorQueue(hypervisor.name),
  activities: createInstanceActivities({
    rows: createInstanceRows(db),
    hypervisor,
    extras: createExtraRows(db),
    secretBox,
    firstBoots: createFirstBootRecords({
      db,
      tokenSecret: config.TOKEN_SECRET,
      publicUrl: config.PUBLIC_URL,
    }),
    probe: stillProbe,
    probeTimeoutMs: 10_000,
  }),
  maxConcurrentActivityTaskExecutions: 200,
});
process.once('SIGTERM', () => worker.shutdown());
const running = worker.run();
process.send?.('ready');
await running;
process.exit(0);
