/** The lifecycle on a Temporal server: the real workflow bundle and messenger, real workers, scripted activities. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { createMessenger } from '../../api/temporal/client.ts';
import type {
  ImportedLife,
  SubscriptionInput,
  WorkflowTerms,
} from '../../schemas/subscriptions/lifecycle.ts';
import { keepHistories } from './histories.ts';
import { freshServer, type ScriptedServer } from './model.ts';
import { openStory, type Story } from './story.ts';
import { PROVIDER, runScriptedWorkers } from './workers.ts';

const TERMS: WorkflowTerms = {
  key: 'linux-vps',
  version: 1,
  name: { en: 'Linux VPS', de: 'Linux-VPS' },
  credentialDelivery: 'link',
  provisioning: { delayedAfterMinutes: 10, deadlineMinutes: 60 },
  overdue: { suspendAfterDays: 7, cancelAfterDays: 14 },
  // Snapshots only where they matter: see `mendClock`.
  retention: { graceDays: 7, finalSnapshotDays: 0 },
};

const DAY_MS = 86_400_000;

/** What a test may say about an order; the rest is as most would have it. */
export interface Order {
  quantity?: number;
  terms?: Partial<WorkflowTerms>;
  /** Taken over with one server that runs. */
  imported?: Pick<ImportedLife, 'tellCustomer' | 'cancelAtPeriodEnd'> & { periodEnd: string };
}

/** A server and what may be done to its time. */
export interface Ground {
  readonly client: Client;
  readonly connection: NativeConnection;
  readonly namespace: string;
  /** Of all workers. */
  readonly dataConverter?: DataConverter;
  /** Lets the server's time pass, as far as timers are concerned. */
  pass(duration: string | number): Promise<void>;
  now(): Promise<number>;
  /**
   * After a child workflow has outlived its parent: at its end the test server stops its clock and leaves it to the closed
   * parent to let it go.
   */
  mendClock(): Promise<void>;
}

export interface House extends Pick<Ground, 'client' | 'pass' | 'now' | 'mendClock'> {
  /** An order whose checkout was opened, to be paid within a day: its workflow runs. */
  order(order?: Order): Promise<Story>;
  /** After each test: keeps its histories if they are being recorded, and lets go what was held. */
  tidy(test: Mocha.Test | undefined, options?: { keep: boolean }): Promise<void>;
  /** Ends the workers. */
  close(): Promise<void>;
}

export async function buildHouse(ground: Ground): Promise<House> {
  const { client, connection, namespace, dataConverter } = ground;
  const stopWorkers = await runScriptedWorkers({ connection, namespace, dataConverter });
  const messenger = createMessenger(client);
  let stories: Story[] = [];

  const house: House = {
    client,
    pass: ground.pass,
    now: ground.now,
    mendClock: ground.mendClock,
    async order({ quantity = 1, terms = {}, imported } = {}) {
      const server = freshServer(1, 1);
      const input: SubscriptionInput = {
        tenantId: randomUUID(),
        subscriptionId: randomUUID(),
        customerId: randomUUID(),
        language: 'en',
        quantity,
        currency: 'eur',
        region: 'fra',
        provider: PROVIDER,
        checkoutExpiresAt: new Date((await ground.now()) + DAY_MS).toISOString(),
        terms: { ...TERMS, ...terms },
        ...(imported && { imported: lifeOf(server, imported) }),
      };
      const story = openStory({ house, messenger, input });
      if (imported) {
        story.world.servers.push({ ...server, power: 'on' });
        story.world.billing = { standing: 'paid', version: 1, periodEnd: imported.periodEnd };
      }
      await messenger.start(input);
      stories.push(story);
      return story;
    },
    async tidy(test, { keep } = { keep: true }) {
      if (keep) await keepHistories(test, stories);
      for (const story of stories) story.forget();
      stories = [];
    },
    close: stopWorkers,
  };
  return house;
}

function lifeOf(
  { id, ordinal, provider }: ScriptedServer,
  { periodEnd, tellCustomer, cancelAtPeriodEnd }: NonNullable<Order['imported']>,
): ImportedLife {
  return {
    instances: [{ id, ordinal, state: 'active', provider }],
    billing: { standing: 'paid', version: 1, periodEnd },
    tellCustomer,
    cancelAtPeriodEnd,
  };
}
