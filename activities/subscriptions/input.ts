import type { EntityManager } from 'typeorm';
import { Plans } from '../../schemas/db/entities/plan.ts';
import { Subscriptions } from '../../schemas/db/entities/subscription.ts';
import type { SubscriptionInput } from '../../schemas/subscriptions/lifecycle.ts';

/** The argument of a subscription's workflow, from its row and the terms that it was bought under. */
export async function loadSubscriptionInput(
  tx: EntityManager,
  subscriptionId: string,
): Promise<SubscriptionInput> {
  const row = await tx.getRepository(Subscriptions).findOneByOrFail({ id: subscriptionId });
  const plan = await tx.getRepository(Plans).findOneByOrFail({ id: row.planId });
  const { key, name, credentialDelivery, provisioning, overdue, retention } = plan.terms;
  return {
    tenantId: row.tenantId,
    subscriptionId,
    customerId: row.customerId,
    language: row.language,
    quantity: row.quantity,
    currency: row.currency,
    region: row.region,
    provider: row.provider,
    checkoutExpiresAt: row.checkoutExpiresAt.toISOString(),
    terms: { key, name, credentialDelivery, provisioning, overdue, retention, version: plan.version },
  };
}
