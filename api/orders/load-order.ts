/** The order as its customer sees it, read afresh. */
import { type EntityManager, IsNull } from 'typeorm';
import type { OrderView } from '../../schemas/api/shop.ts';
import { type Instance, Instances } from '../../schemas/db/entities/instance.ts';
import { type Plan, Plans } from '../../schemas/db/entities/plan.ts';
import { type Subscription, Subscriptions } from '../../schemas/db/entities/subscription.ts';
import { type TimelineEntry, TimelineEntries } from '../../schemas/db/entities/timeline-entry.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { type ServerFacts, withServerFacts } from '../instances/find.ts';
import type { Capable } from '../instances/possible.ts';
import { serverOperations } from '../instances/view.ts';
import type { OrderCaller } from '../http/caller.ts';
import { ApiProblem } from '../http/problem.ts';
import { isChangeable, pendingView } from '../plan-changes/choose.ts';
import { timelineView } from '../subscriptions/timeline.ts';
import { canPay, type OrderState, possibleActions } from './actions.ts';
import { ATTENTION_TEXTS } from './attention-texts.ts';

/** @throws ApiProblem `unknown-order` */
export async function loadOrder(
  { db, hypervisors }: Pick<ApiDependencies, 'db' | 'hypervisors'>,
  order: Pick<OrderCaller, 'tenantId' | 'subscriptionId'>,
) {
  return withTenant(db, order.tenantId, async (tx): Promise<OrderView> => {
    const { subscription, plan, state } = await findOrder(tx, order.subscriptionId);
    const instances = await withServerFacts(tx, subscription, await latestInstances(tx, subscription.id));
    const timeline = await tx
      .getRepository(TimelineEntries)
      .find({ where: { subscriptionId: subscription.id }, order: { seq: 'ASC' } });
    return toOrderView({ subscription, plan, state, instances, timeline }, hypervisors);
  });
}

/** The order's subscription with the terms that it was bought under. @throws ApiProblem `unknown-order` */
export async function findOrder(
  tx: EntityManager,
  subscriptionId: string,
): Promise<{ subscription: Subscription; plan: Plan; state: OrderState }> {
  const subscription = await tx.getRepository(Subscriptions).findOneBy({ id: subscriptionId });
  if (!subscription) throw new ApiProblem('unknown-order');
  const plan = await tx.getRepository(Plans).findOneByOrFail({ id: subscription.planId });
  const credentialsUnknown = await tx
    .getRepository(Instances)
    .existsBy({ subscriptionId, credentialsUnknown: true, deletedAt: IsNull() });
  const { protocol } = plan.terms.image.access;
  return { subscription, plan, state: { ...subscription, protocol, credentialsUnknown } };
}

/** Of each place the newest making: earlier ones were compensated. */
async function latestInstances(tx: EntityManager, subscriptionId: string): Promise<Instance[]> {
  const all = await tx
    .getRepository(Instances)
    .find({ where: { subscriptionId }, order: { ordinal: 'ASC', generation: 'ASC' } });
  return [...new Map(all.map((instance) => [instance.ordinal, instance])).values()];
}

interface OrderFacts {
  subscription: Subscription;
  plan: Plan;
  state: OrderState;
  instances: ServerFacts[];
  timeline: TimelineEntry[];
}

function toOrderView(
  { subscription, plan, state, instances, timeline }: OrderFacts,
  hypervisors: Capable,
): OrderView {
  const { terms } = plan;
  const { attention, stage, checkoutExpiresAt, checkoutUrl } = subscription;
  const payable = stage === 'awaiting-payment' && checkoutExpiresAt.getTime() > Date.now();
  return {
    subscriptionId: toEdgeId('subscription', subscription.id),
    stage,
    planName: terms.name,
    planKey: subscription.planKey,
    quantity: subscription.quantity,
    interval: subscription.interval,
    currency: subscription.currency,
    amountMinor: subscription.amountMinor,
    setupFeeMinor: subscription.setupFeeMinor,
    region: terms.regions[subscription.region] ?? { en: subscription.region, de: subscription.region },
    createdAt: subscription.createdAt.toISOString(),
    paymentUrl: payable ? checkoutUrl : null,
    canPay: canPay(state),
    cancelAtPeriodEnd: subscription.cancelAtPeriodEnd,
    periodEnd: subscription.periodEnd?.toISOString() ?? null,
    canChangePlan: isChangeable(subscription),
    pendingChange: pendingView(subscription.pendingChange),
    graceDays: terms.retention.graceDays,
    keepsLastSnapshot:
      terms.retention.finalSnapshotDays > 0 &&
      instances.some(({ instance }) => hypervisors.get(instance.provider)?.capabilities.snapshotsOutlive),
    dueAt: subscription.dueAt?.toISOString() ?? null,
    attention: attention && { message: ATTENTION_TEXTS[attention.reason], options: attention.options },
    instances: instances.map(({ instance, ...facts }) => ({
      ...serverOperations({ instance, ...facts }, hypervisors, 'order'),
      id: toEdgeId('instance', instance.id),
      ordinal: instance.ordinal,
      hostname: instance.hostname,
      state: instance.state,
      address: instance.address,
      protocol: instance.protocol,
      port: instance.port,
      username: instance.username,
    })),
    timeline: timeline.map(timelineView),
    actions: possibleActions(state),
  };
}
