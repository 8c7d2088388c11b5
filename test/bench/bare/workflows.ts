/**
 * The same commands as one subscription with one server gives, in the same order, with the same options and arguments of the same size,
 * and nothing behind them: what Temporal itself costs. When the product's commands change, these change with them; every run compares
 * the event counts of both.
 */
import {
  CancellationScope,
  condition,
  defineSignal,
  defineUpdate,
  ParentClosePolicy,
  setHandler,
  sleep,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { TenureDueAt, TenurePriority, TenureStage } from '../../../schemas/search-attributes.ts';
import type {
  BillingChanged,
  CancelRequest,
  Stage,
  SubscriptionInput,
  SubscriptionStatus,
} from '../../../schemas/subscriptions/lifecycle.ts';
import { facts, hypervisor, mail, payments } from './activities.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export const billingChanged = defineSignal<[BillingChanged]>('billing-changed');
export const cancel = defineUpdate<SubscriptionStatus, [CancelRequest]>('cancel');

export async function bareLife(input: SubscriptionInput): Promise<{ stage: Stage }> {
  const { subscriptionId, tenantId, terms } = input;
  const subscription = { tenantId, subscriptionId };
  const target = { tenantId, instanceId: subscriptionId };
  const mails: Promise<object>[] = [];
  const tell = (template: string): void => {
    mails.push(
      mail.step({ ...subscription, key: `sub_${subscriptionId}/1/mail/${template}`, template, facts: {} }),
    );
  };
  let paid = false;
  let cancelled = false;
  setHandler(billingChanged, () => {
    paid = true;
  });
  setHandler(
    cancel,
    () => {
      cancelled = true;
      return statusOf(subscriptionId);
    },
    { validator: (_: CancelRequest): void => undefined },
  );

  await condition(() => paid, Date.parse(input.checkoutExpiresAt) - Date.now());
  await enter(input, 'provisioning', 'payment-received');
  tell('order-received');
  await facts.step({ ...subscription, quantity: 1, generation: 1 });
  const clock = new CancellationScope();
  const delay = clock
    .run(() => sleep(terms.provisioning.delayedAfterMinutes * MINUTE_MS))
    .catch(() => undefined);
  const making = hypervisor(terms.provisioning.deadlineMinutes * MINUTE_MS, 'Server 1 of 1');
  await making.step(target);
  await making.step(target);
  await making.step(target);
  clock.cancel();
  await delay;
  await facts.step({
    ...subscription,
    instanceIds: [subscriptionId],
    key: `sub_${subscriptionId}/3/hand-over`,
  });
  await enter(input, 'active', 'activated');
  tell('server-ready');

  await condition(() => cancelled);
  await enter(input, 'cancelling', 'cancel-requested');
  await payments.step(subscription);
  await hypervisor(DAY_MS).step(target);
  await enter(
    input,
    'cancelling',
    'service-ended',
    new Date(Date.now() + terms.retention.graceDays * DAY_MS),
  );
  tell('cancelled');
  await sleep(terms.retention.graceDays * DAY_MS);
  await enter(input, 'cancelling');
  await hypervisor(3 * DAY_MS).step(target);
  await hypervisor(3 * DAY_MS).step(target);
  await startChild(bareExpiry, {
    workflowId: `${workflowInfo().workflowId}/expiry`,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: 'Deletes the last snapshot when its time is over.',
    args: [{ ...target, restMs: terms.retention.finalSnapshotDays * DAY_MS }],
  });
  await payments.step(subscription);
  await enter(input, 'torn-down', 'torn-down');
  tell('deleted');
  await Promise.all(mails);
  return { stage: 'torn-down' };
}

/** A fact and what staff filter by. */
async function enter(
  { tenantId, subscriptionId }: SubscriptionInput,
  stage: Stage,
  note?: string,
  dueAt: Date | null = null,
): Promise<void> {
  await facts.step({
    tenantId,
    subscriptionId,
    key: `sub_${subscriptionId}/1/progress`,
    stage,
    summary: 'Running; one sentence for people says how it stands.',
    dueAt: dueAt?.toISOString() ?? null,
    attention: null,
    cancelAtPeriodEnd: false,
    by: { kind: 'system', id: 'lifecycle' },
    notes: note === undefined ? [] : [{ kind: note, data: { quantity: 1 } }],
  });
  upsertSearchAttributes([
    { key: TenureStage, value: stage },
    { key: TenurePriority, value: null },
    { key: TenureDueAt, value: dueAt },
  ]);
}

function statusOf(id: string): SubscriptionStatus {
  return {
    stage: 'active',
    attention: null,
    summary: 'Running.',
    dueAt: null,
    cancelAtPeriodEnd: false,
    instances: [{ id, ordinal: 1, state: 'active' }],
  };
}

export async function bareExpiry(target: {
  tenantId: string;
  instanceId: string;
  restMs: number;
}): Promise<void> {
  const { restMs, ...instance } = target;
  await sleep(restMs);
  await hypervisor(90 * DAY_MS).step(instance);
}
