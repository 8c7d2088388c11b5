/** The lifecycle on the time-skipping server: the real workflow bundle, real workers, scripted activities. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { mapFailures } from '../../activities/temporal.ts';
import { createMessenger } from '../../api/temporal/client.ts';
import { hypervisorQueue, LIFECYCLE_QUEUE, MAIL_QUEUE, PAYMENTS_QUEUE } from '../../schemas/queues.ts';
import { SEARCH_ATTRIBUTES } from '../../schemas/search-attributes.ts';
import type { SubscriptionInput, WorkflowTerms } from '../../schemas/subscriptions/lifecycle.ts';
import { workflowBundle } from '../../workers/bundle.ts';
import { beforeTimeSkippingCloses, timeSkipping } from '../harness/time-skipping.ts';
import { keepHistories } from './histories.ts';
import { quietRuntime } from './quiet-runtime.ts';
import type { ActivityName } from './model.ts';
import { scripted } from './script.ts';
import { openStory, type Story } from './story.ts';

export const PROVIDER = 'lab';
const BUNDLES = path.resolve('.tenure/cache');
/** With a test server to be fetched. */
const HOUSE_LIMIT_MS = 360_000;

const FACTS = [
  'recordProgress',
  'reserveInstances',
  'handOver',
  'renewLinks',
  'hasUnopenedLinks',
  'noteUndeliverable',
] as const;
const INSTANCES = [
  'createInstance',
  'awaitReady',
  'verifyCredentials',
  'stopInstance',
  'startInstance',
  'releaseInstance',
  'deleteInstance',
  'takeFinalSnapshot',
  'deleteFinalSnapshot',
  'rotateCredentials',
] as const;
const PAYMENTS = [
  'refreshBilling',
  'closeCheckout',
  'endAtPeriodEnd',
  'endBilling',
  'resumeBilling',
  'refundAll',
] as const;

const scriptedAll = (names: readonly ActivityName[]): WorkerOptions['activities'] =>
  Object.fromEntries(names.map((name) => [name, scripted(name)]));

export const TERMS: WorkflowTerms = {
  key: 'linux-vps',
  version: 1,
  name: { en: 'Linux VPS', de: 'Linux-VPS' },
  credentialDelivery: 'link',
  provisioning: { delayedAfterMinutes: 10, deadlineMinutes: 60 },
  overdue: { suspendAfterDays: 7, cancelAfterDays: 14 },
  // Snapshots only where they matter: see `mendClock`.
  retention: { graceDays: 7, finalSnapshotDays: 0 },
};

/** What a test may say about an order; the rest is as most would have it. */
export interface Order {
  quantity?: number;
  terms?: Partial<WorkflowTerms>;
  /** From now to the end of the checkout, in ms. Default one day. */
  checkoutMs?: number;
}

export interface House {
  readonly client: Client;
  readonly connection: NativeConnection;
  /** Lets the server's time pass, as far as timers are concerned. */
  pass(duration: string | number): Promise<void>;
  now(): Promise<number>;
  /**
   * After a child workflow has outlived its parent: at its end the test server stops its clock and leaves it to the closed parent
   * to let it go.
   */
  mendClock(): Promise<void>;
  /** An order whose checkout was opened: its workflow runs. */
  order(order?: Order): Promise<Story>;
  /** After each test: keeps its histories if they are being recorded, and lets go what was held. */
  tidy(test: Mocha.Test | undefined): Promise<void>;
  /** Ends the workers. */
  close(): Promise<void>;
}

/** What differs from server to server. */
export interface Ground {
  client: Client;
  connection: NativeConnection;
  namespace?: string;
  dataConverter?: DataConverter;
  pass: House['pass'];
  mendClock: House['mendClock'];
  now: House['now'];
  worker?: Partial<WorkerOptions>;
}

let shared: Promise<House> | undefined;

/** The run's house, for `before(async function () { house = await sharedHouse(this) })`. */
export async function sharedHouse(context: Mocha.Context): Promise<House> {
  context.timeout(HOUSE_LIMIT_MS);
  quietRuntime();
  // Skips this suite, too, where there is no test server.
  await timeSkipping(context);
  return (shared ??= openHouse(context).then((house) => {
    beforeTimeSkippingCloses(() => {
      shared = undefined;
      return house.close();
    });
    return house;
  }));
}

/** A house of its own; to be closed. */
export async function openHouse(context: Mocha.Context, dataConverter?: DataConverter): Promise<House> {
  context.timeout(HOUSE_LIMIT_MS);
  quietRuntime();
  const env = await timeSkipping(context);
  await registerSearchAttributes(env);
  return houseOn({
    // Not the environment's own client: that one skips time by itself whenever a result is awaited.
    client: new Client({ connection: env.connection, dataConverter }),
    connection: env.nativeConnection,
    dataConverter,
    pass: (duration) => env.sleep(duration as never),
    mendClock: async () => void (await env.connection.testService?.unlockTimeSkipping({})),
    now: () => env.currentTimeMs(),
  });
}

/** A house on any server. */
export async function houseOn(ground: Ground): Promise<House> {
  const { client, connection, namespace, dataConverter } = ground;
  const base: Omit<WorkerOptions, 'taskQueue'> = {
    connection,
    namespace,
    dataConverter,
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
      ...ground.worker,
    }),
    Worker.create({ ...base, taskQueue: hypervisorQueue(PROVIDER), activities: scriptedAll(INSTANCES) }),
    Worker.create({ ...base, taskQueue: PAYMENTS_QUEUE, activities: scriptedAll(PAYMENTS) }),
    Worker.create({ ...base, taskQueue: MAIL_QUEUE, activities: scriptedAll(['sendMail']) }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  const messenger = createMessenger(client);
  let stories: Story[] = [];

  const house: House = {
    client,
    connection,
    pass: ground.pass,
    mendClock: ground.mendClock,
    now: ground.now,
    async order({ quantity = 1, terms = {}, checkoutMs = 86_400_000 } = {}) {
      const input: SubscriptionInput = {
        tenantId: randomUUID(),
        subscriptionId: randomUUID(),
        customerId: randomUUID(),
        language: 'en',
        quantity,
        currency: 'eur',
        region: 'fra',
        provider: PROVIDER,
        checkoutExpiresAt: new Date((await ground.now()) + checkoutMs).toISOString(),
        terms: { ...TERMS, ...terms },
      };
      const story = openStory({ house, messenger, input });
      await messenger.start(input);
      stories.push(story);
      return story;
    },
    async tidy(test) {
      await keepHistories(test, stories);
      for (const story of stories) story.forget();
      stories = [];
    },
    async close() {
      for (const worker of workers) worker.shutdown();
      await running;
    },
  };
  return house;
}

let registered: TestWorkflowEnvironment | null = null;

/** The test server refuses search attributes that it does not know, and lists none. */
async function registerSearchAttributes(env: TestWorkflowEnvironment): Promise<void> {
  if (registered === env) return;
  const { INDEXED_VALUE_TYPE_DATETIME, INDEXED_VALUE_TYPE_KEYWORD } =
    proto.temporal.api.enums.v1.IndexedValueType;
  await env.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(
      SEARCH_ATTRIBUTES.map(({ name, type }) => [
        name,
        type === 'DATETIME' ? INDEXED_VALUE_TYPE_DATETIME : INDEXED_VALUE_TYPE_KEYWORD,
      ]),
    ),
  });
  registered = env;
}
