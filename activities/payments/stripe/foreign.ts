/** Subscriptions that were not opened by us: looking at them, and marking those that are taken over. */
import type Stripe from 'stripe';
import { TenureFailure } from '../../../schemas/failures.ts';
import type { ForeignBilling } from '../port.ts';
import { customerOf, isOver, readFacts } from './billing-facts.ts';
import { METADATA } from './checkout.ts';
import { isMissing } from './errors.ts';

/** What Stripe has of a subscription; `null` if there is none of that id. */
export async function inspectForeign(stripe: Stripe, billingRef: string): Promise<ForeignBilling | null> {
  const subscription = await find(stripe, billingRef);
  if (!subscription) return null;
  const customer = customerOf(subscription);
  const [facts, others] = await Promise.all([
    readFacts(stripe, { subscriptionId: '', checkoutRef: null, billingRef }),
    stripe.subscriptions.list({ customer, limit: 100 }),
  ]);
  return {
    facts,
    customerRef: customer,
    quantity: subscription.items.data.reduce((most, { quantity }) => Math.max(most, quantity ?? 1), 0),
    subscriptionId: subscription.metadata[METADATA.subscription] ?? null,
    siblingRefs: others.data.filter((other) => other.id !== billingRef && !isOver(other)).map(({ id }) => id),
  };
}

/** Puts our mark on it; nothing else of it changes. */
export async function adoptForeign(
  stripe: Stripe,
  billingRef: string,
  { tenantId, subscriptionId }: { tenantId: string; subscriptionId: string },
): Promise<void> {
  const { metadata } = await stripe.subscriptions.retrieve(billingRef);
  const owner = metadata[METADATA.subscription];
  if (owner === subscriptionId) return;
  if (owner !== undefined) {
    throw new TenureFailure('refused', `${billingRef} bears the mark of another subscription.`, {
      reason: 'belongs-to-another',
      nextStep: 'Look which order it belongs to; nothing of it was changed.',
    });
  }
  await stripe.subscriptions.update(billingRef, {
    metadata: { [METADATA.tenant]: tenantId, [METADATA.subscription]: subscriptionId },
  });
}

async function find(stripe: Stripe, billingRef: string): Promise<Stripe.Subscription | null> {
  try {
    return await stripe.subscriptions.retrieve(billingRef);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
