/**
 * The same commands as one subscription with one server gives, in the same order, with nothing behind them: what Temporal itself costs.
 * When the product's commands change, these change with them; the event counts of both are compared in every run.
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
import type { BillingChanged, Stage, SubscriptionInput } from '../../../schemas/subscriptions/lifecycle.ts';
import { facts, hypervisor, mail, payments } from './activities.ts';

const DAY_MS = 86_400_000;

export const billingChanged = defineSignal<[BillingChanged]>('billing-changed');
export const cancel = defineUpdate<object, [object]>('cancel');

export async function bareLife(input: SubscriptionInput): Promise<{ stage: Stage }> {
  const { subscriptionId, tenantId, terms } = input;
  let paid = false;
  let cancelled = false;
  setHandler(billingChanged, () => {
    paid = true;
  });
  setHandler(cancel, () => {
    cancelled = true;
    return { subscriptionId, stage: 'active', summary: 'Running.' };
  });

  await condition(() => paid, Date.parse(input.checkoutExpiresAt) - Date.now());
  await enter(input, 'provisioning');
  const mails = [mail.step({ tenantId, subscriptionId, template: 'order-received' })];
  await facts.step({ tenantId, subscriptionId, quantity: 1, generation: 1 });
  const target = { tenantId, instanceId: subscriptionId };
  const clock = new CancellationScope();
  const delay = clock
    .run(() => sleep(terms.provisioning.delayedAfterMinutes * 60_000))
    .catch(() => undefined);
  await hypervisor.step(target);
  await hypervisor.step(target);
  await hypervisor.step(target);
  clock.cancel();
  await delay;
  await facts.step({ tenantId, subscriptionId, instanceIds: [subscriptionId] });
  await enter(input, 'active');
  mails.push(mail.step({ tenantId, subscriptionId, template: 'server-ready' }));

  await condition(() => cancelled);
  await enter(input, 'cancelling');
  await payments.step({ tenantId, subscriptionId });
  await hypervisor.step(target);
  await enter(input, 'cancelling', new Date(Date.now() + terms.retention.graceDays * DAY_MS));
  mails.push(mail.step({ tenantId, subscriptionId, template: 'cancelled' }));
  await sleep(terms.retention.graceDays * DAY_MS);
  await enter(input, 'cancelling');
  await hypervisor.step(target);
  await hypervisor.step(target);
  await startChild(bareExpiry, {
    workflowId: `${workflowInfo().workflowId}/expiry`,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    args: [{ ...target, restMs: terms.retention.finalSnapshotDays * DAY_MS }],
  });
  await payments.step({ tenantId, subscriptionId });
  await enter(input, 'torn-down');
  mails.push(mail.step({ tenantId, subscriptionId, template: 'deleted' }));
  await Promise.all(mails);
  return { stage: 'torn-down' };
}

async function enter(input: SubscriptionInput, stage: Stage, dueAt: Date | null = null): Promise<void> {
  const { tenantId, subscriptionId } = input;
  await facts.step({ tenantId, subscriptionId, stage, key: `${subscriptionId}/1/progress`, notes: [] });
  upsertSearchAttributes([
    { key: TenureStage, value: stage },
    { key: TenurePriority, value: null },
    { key: TenureDueAt, value: dueAt },
  ]);
}

export async function bareExpiry(target: { restMs: number }): Promise<void> {
  await sleep(target.restMs);
  await hypervisor.step(target);
}
