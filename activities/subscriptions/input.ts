import type { EntityManager } from 'typeorm';
import { type Plan, Plans } from '../../schemas/db/entities/plan.ts';
import { Instances } from '../../schemas/db/entities/instance.ts';
import { type Subscription, Subscriptions } from '../../schemas/db/entities/subscription.ts';
import type { Imported } from '../../schemas/subscriptions/billed.ts';
import type {
  ImportedLife,
  SubscriptionInput,
  WorkflowTerms,
} from '../../schemas/subscriptions/lifecycle.ts';

/** The argument of a subscription's workflow, from its row and the terms that it was bought under. */
export async function loadSubscriptionInput(
  tx: EntityManager,
  subscriptionId: string,
): Promise<SubscriptionInput> {
  const row = await tx.getRepository(Subscriptions).findOneByOrFail({ id: subscriptionId });
  const plan = await tx.getRepository(Plans).findOneByOrFail({ id: row.planId });
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
    terms: workflowTerms(plan),
    ...(row.imported && { imported: await importedLife(tx, row, row.imported) }),
  };
}

/** How the story of a subscription begins that was taken over as it ran. */
async function importedLife(
  tx: EntityManager,
  row: Subscription,
  { tellCustomer }: Imported,
): Promise<ImportedLife> {
  const instances = await tx
    .getRepository(Instances)
    .find({ where: { subscriptionId: row.id, generation: 1 }, order: { ordinal: 'ASC' } });
  const { billingStanding: standing, billingVersion: version, periodEnd, endsAtPeriodEnd } = row;
  return {
    instances: instances.map(({ id, ordinal, state, provider }) => ({ id, ordinal, state, provider })),
    billing: { standing, version, periodEnd: periodEnd?.toISOString() ?? null },
    cancelAtPeriodEnd: endsAtPeriodEnd,
    tellCustomer,
  };
}

/** Of a plan's terms those that decide what happens and when. */
export function workflowTerms({ terms, version }: Plan): WorkflowTerms {
  const { key, name, credentialDelivery, provisioning, overdue, retention } = terms;
  return { key, name, credentialDelivery, provisioning, overdue, retention, version };
}
