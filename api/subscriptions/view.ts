import type { InstanceView, SubscriptionView } from '../../schemas/api/staff.ts';
import type { Config } from '../../schemas/config.ts';
import type { Customer } from '../../schemas/db/entities/customer.ts';
import type { Instance } from '../../schemas/db/entities/instance.ts';
import type { Subscription } from '../../schemas/db/entities/subscription.ts';
import { subscriptionWorkflowId, toEdgeId } from '../../schemas/ids.ts';
import { pendingView } from '../plan-changes/choose.ts';

export interface SubscriptionFacts {
  subscription: Subscription;
  customer: Customer;
  instances: Instance[];
}

type UiConfig = Pick<Config, 'TEMPORAL_UI_URL' | 'TEMPORAL_NAMESPACE'>;

/** A subscription as staff see it. */
export function subscriptionView(facts: SubscriptionFacts, config: UiConfig): SubscriptionView {
  const { subscription, customer, instances } = facts;
  const workflowId = subscriptionWorkflowId(subscription.id);
  return {
    id: toEdgeId('subscription', subscription.id),
    workflowId,
    temporalUrl: temporalUrl(config, workflowId),
    stage: subscription.stage,
    attention: subscription.attention,
    customer: { id: toEdgeId('customer', customer.id), email: customer.email, name: customer.name },
    planKey: subscription.planKey,
    planVersion: subscription.planVersion,
    interval: subscription.interval,
    currency: subscription.currency,
    amountMinor: subscription.amountMinor,
    setupFeeMinor: subscription.setupFeeMinor,
    quantity: subscription.quantity,
    region: subscription.region,
    language: subscription.language,
    billing: billingView(subscription),
    dueAt: iso(subscription.dueAt),
    cancelAtPeriodEnd: subscription.cancelAtPeriodEnd,
    pendingChange: pendingView(subscription.pendingChange),
    instances: instances.map(instanceView),
    createdAt: subscription.createdAt.toISOString(),
    updatedAt: subscription.updatedAt.toISOString(),
  };
}

function billingView(subscription: Subscription): SubscriptionView['billing'] {
  return {
    standing: subscription.billingStanding,
    periodEnd: iso(subscription.periodEnd),
    endsAtPeriodEnd: subscription.endsAtPeriodEnd,
    paidMinor: subscription.paidMinor,
    checkoutRef: subscription.checkoutRef,
    billingRef: subscription.billingRef,
  };
}

function instanceView(instance: Instance): InstanceView {
  return {
    id: toEdgeId('instance', instance.id),
    ordinal: instance.ordinal,
    generation: instance.generation,
    key: instance.key,
    state: instance.state,
    provider: instance.provider,
    placementReason: instance.placementReason,
    providerRef: instance.providerRef,
    hostname: instance.hostname,
    address: instance.address,
    protocol: instance.protocol,
    username: instance.username,
    fingerprint: instance.fingerprint,
    credentialsVerifiedAt: iso(instance.credentialsVerifiedAt),
    finalSnapshotRef: instance.finalSnapshotRef,
    createdAt: instance.createdAt.toISOString(),
  };
}

function temporalUrl({ TEMPORAL_UI_URL, TEMPORAL_NAMESPACE }: UiConfig, workflowId: string): string {
  const path = `/namespaces/${encodeURIComponent(TEMPORAL_NAMESPACE)}/workflows/${encodeURIComponent(workflowId)}`;
  return new URL(path, TEMPORAL_UI_URL).href;
}

function iso(instant: Date | null): string | null {
  return instant?.toISOString() ?? null;
}
