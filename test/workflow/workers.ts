/** The product's workers with scripted activities: the same queues, the same workflow bundle. */
import path from 'node:path';
import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { InstanceActivities } from '../../activities/instances/activities.ts';
import type { OperationActivities } from '../../activities/operations/perform.ts';
import type { PaymentActivities } from '../../activities/payments/activities.ts';
import type { SubscriptionFacts } from '../../activities/subscriptions/facts.ts';
import { mapFailures } from '../../activities/temporal.ts';
import { hypervisorQueue, LIFECYCLE_QUEUE, MAIL_QUEUE, PAYMENTS_QUEUE } from '../../schemas/queues.ts';
import { workflowBundle } from '../../workers/bundle.ts';
import { type ActivityName, PROVIDERS } from './model.ts';
import { scripted } from './script.ts';

export const [PROVIDER] = PROVIDERS;
export const BUNDLES = path.resolve('.tenure/cache');

const FACTS: (keyof SubscriptionFacts)[] = [
  'recordProgress',
  'reserveInstances',
  'placeElsewhere',
  'replaceInstance',
  'handOver',
  'renewLinks',
  'hasUnopenedLinks',
  'noteUndeliverable',
  'beginPlanChange',
  'adoptPlan',
  'dropPlanChange',
  'finishOperation',
];
const INSTANCES: (keyof (InstanceActivities & OperationActivities))[] = [
  'createInstance',
  'isPresent',
  'awaitReady',
  'restoreNewest',
  'verifyCredentials',
  'stopInstance',
  'startInstance',
  'releaseInstance',
  'deleteInstance',
  'takeFinalSnapshot',
  'deleteFinalSnapshot',
  'rotateCredentials',
  'resizeInstance',
  'performOperation',
];
const PAYMENTS: (keyof PaymentActivities)[] = [
  'refreshBilling',
  'closeCheckout',
  'endAtPeriodEnd',
  'endBilling',
  'resumeBilling',
  'refundAll',
  'changePrice',
  'undoPriceChange',
];

/** Starts them; the answer stops them and waits for their end. */
export async function runScriptedWorkers(
  surroundings: { connection: NativeConnection } & Pick<WorkerOptions, 'namespace' | 'dataConverter'>,
): Promise<() => Promise<void>> {
  const base: Omit<WorkerOptions, 'taskQueue'> = {
    ...surroundings,
    // A cancellation reaches an activity by its heartbeats.
    maxHeartbeatThrottleInterval: '50ms',
    interceptors: { activity: [mapFailures] },
  };
  const { code } = await workflowBundle(BUNDLES);
  const workers = await Promise.all([
    Worker.create({
      ...base,
      taskQueue: LIFECYCLE_QUEUE,
      workflowBundle: { code },
      activities: scriptedAll(FACTS),
      enableNonLocalActivities: false,
    }),
    ...PROVIDERS.map((provider) =>
      Worker.create({ ...base, taskQueue: hypervisorQueue(provider), activities: scriptedAll(INSTANCES) }),
    ),
    Worker.create({ ...base, taskQueue: PAYMENTS_QUEUE, activities: scriptedAll(PAYMENTS) }),
    Worker.create({ ...base, taskQueue: MAIL_QUEUE, activities: scriptedAll(['sendMail']) }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  return async () => {
    for (const worker of workers) worker.shutdown();
    await running;
  };
}

function scriptedAll(names: readonly ActivityName[]): WorkerOptions['activities'] {
  return Object.fromEntries(names.map((name) => [name, scripted(name)]));
}
