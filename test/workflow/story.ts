/** One subscription in a test: what may happen to it, and what it says of itself. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type {
  SubscriptionMessenger,
  SubscriptionUpdate,
  SubscriptionUpdates,
  UpdateOutcome,
} from '../../api/temporal/messenger.ts';
import { subscriptionWorkflowId } from '../../schemas/ids.ts';
import { OPERATIONS, type OperationKind } from '../../schemas/operations/operations.ts';
import type {
  Actor,
  BillingChanged,
  BillingStanding,
  Stage,
  SubscriptionInput,
  SubscriptionStatus,
} from '../../schemas/subscriptions/lifecycle.ts';
import type { House } from './house.ts';
import { bill, type World } from './model.ts';
import { scriptOf, type Script } from './script.ts';

export const STAFF: Actor = { kind: 'staff', id: 'key_test' };

type Wish<U extends SubscriptionUpdate> = Omit<SubscriptionUpdates[U], 'by'>;

export interface Story {
  readonly input: SubscriptionInput;
  readonly script: Script;
  readonly world: World;
  readonly handle: WorkflowHandle;
  /** The payment provider has it otherwise, and its message arrives. */
  billing(standing: BillingStanding, periodEnd?: string): Promise<void>;
  /** The payment provider has it otherwise, and its message is lost. */
  billingUnheard(standing: BillingStanding, periodEnd?: string): void;
  /** A message as such. */
  tell(change: Omit<BillingChanged, 'eventId'>): Promise<boolean>;
  ask<U extends SubscriptionUpdate>(update: U, wish?: Partial<Wish<U>>): Promise<UpdateOutcome>;
  /** As {@link ask}; it must be accepted. */
  insist<U extends SubscriptionUpdate>(update: U, wish?: Partial<Wish<U>>): Promise<void>;
  /** Asks for an operation on the server in this place; answers its id with how it was received. */
  operate(kind: OperationKind, ordinal?: number): Promise<{ operationId: string; answer: UpdateOutcome }>;
  /** Waits until an operation has ended; `null`: it is done, else why it failed. */
  outcomeOf(operationId: string): Promise<string | null>;
  status(): Promise<SubscriptionStatus>;
  /** Waits until this stage, without need of a person, is on the record. */
  reaches(stage: Stage): Promise<void>;
  /** Waits until a person is needed for this. */
  needs(reason: string): Promise<void>;
  /** Paid and handed over. */
  goesLive(): Promise<void>;
  pass(duration: string | number): Promise<void>;
  /** Mails sent, by template. */
  mails(): string[];
  /** What the customer's timeline got from the workflow. */
  notes(): string[];
  historyLength(): Promise<number>;
  /** Waits for the end of the workflow. */
  ends(): Promise<unknown>;
  /** Nothing is in its way any more. It is left to itself: the test server's clock stands still after a termination. */
  forget(): void;
}

export function openStory({
  house,
  messenger,
  input,
}: {
  house: House;
  messenger: SubscriptionMessenger;
  input: SubscriptionInput;
}): Story {
  const script = scriptOf(input.tenantId);
  const { world } = script;
  const handle = house.client.workflow.getHandle(subscriptionWorkflowId(input.subscriptionId));
  const tell: Story['tell'] = (change) =>
    messenger.billingChanged(input, { ...change, eventId: `evt_${change.version}` });
  const stands = ({ progress }: World): string => {
    const last = progress.at(-1);
    return last?.attention ? last.attention.reason : (last?.stage ?? 'awaiting-payment');
  };

  const story: Story = {
    input,
    script,
    world,
    handle,
    tell,
    async billing(standing, periodEnd) {
      await tell(bill(world, standing, periodEnd));
    },
    billingUnheard: (standing, periodEnd) => void bill(world, standing, periodEnd),
    ask: (update, wish = {}) =>
      messenger.update(input.subscriptionId, update, randomUUID(), {
        by: STAFF,
        reason: 'because',
        ...wish,
      } as never),
    async insist(update, wish) {
      const answer = await story.ask(update, wish);
      assert.equal(answer.outcome, 'done', JSON.stringify(answer));
    },
    async operate(kind, ordinal = 1) {
      const operationId = randomUUID();
      const { instances } = await story.status();
      const instanceId = instances.find((one) => one.ordinal === ordinal)?.id ?? randomUUID();
      const { update } = OPERATIONS[kind];
      return { operationId, answer: await story.ask(update, { operationId, instanceId }) };
    },
    async outcomeOf(operationId) {
      const find = () => world.endings.find((ending) => ending.operationId === operationId);
      await script.until('the operation has ended', () => find() !== undefined);
      return find()?.failure?.reason ?? null;
    },
    status: () => handle.query<SubscriptionStatus>('status'),
    reaches: (stage) => script.until(`it is ${stage}`, (now) => stands(now) === stage),
    needs: (reason) => script.until(`it needs a person: ${reason}`, (now) => stands(now) === reason),
    async goesLive() {
      await story.billing('paid');
      await story.reaches('active');
      await script.until('the credentials are told', () => story.mails().includes('server-ready'));
    },
    pass: house.pass,
    mails: () => world.mails.map(({ template }) => template),
    notes: () => world.progress.flatMap(({ notes }) => notes.map(({ kind }) => kind)),
    async historyLength() {
      const { historyLength } = await handle.describe();
      return historyLength;
    },
    ends: () => handle.result(),
    forget: () => script.unplan(),
  };
  return story;
}
