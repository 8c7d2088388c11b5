import Stripe from 'stripe';
import { TenureFailure } from '../../../schemas/failures.ts';
import type { BillingRefs } from '../port.ts';
import { customerOf, isOver, locate } from './billing-facts.ts';
import { closeCheckout, METADATA } from './checkout.ts';
import { isMissing } from './errors.ts';

/** Sets whether billing ends with the paid period. Has no idempotency key: it may be set, unset and set again. */
export async function setEndAtPeriodEnd(stripe: Stripe, refs: BillingRefs, ends: boolean): Promise<void> {
  const { subscription } = await locate(stripe, refs);
  if (!subscription || isOver(subscription) || subscription.cancel_at_period_end === ends) return;
  await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: ends });
}

/** Ends billing at once, whatever its state, and voids what is open. */
export async function endBilling(stripe: Stripe, refs: BillingRefs): Promise<void> {
  const { session, subscription } = await locate(stripe, refs);
  if (session?.status === 'open') await closeCheckout(stripe, session.id);
  if (!subscription) return;
  if (!isOver(subscription)) await cancel(stripe, subscription.id);
  const open = await stripe.invoices.list({ subscription: subscription.id, status: 'open', limit: 100 });
  for (const { id } of open.data) if (id !== undefined) await voidInvoice(stripe, id);
}

async function cancel(stripe: Stripe, id: string): Promise<void> {
  try {
    await stripe.subscriptions.cancel(id);
  } catch (error) {
    // Stripe does not find what somebody else has just canceled.
    if (!isMissing(error)) throw error;
  }
}

/** Voids what is open; what cannot be voided any more is left as it is. */
export async function voidInvoice(stripe: Stripe, id: string): Promise<void> {
  try {
    await stripe.invoices.voidInvoice(id);
  } catch (error) {
    // It was paid or voided in between, or a debit for it is under way: that cannot be called back, only refunded later.
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
  }
}

/** Takes back the end, or starts billing anew with the payment method on file. */
export async function resumeBilling(
  stripe: Stripe,
  refs: BillingRefs,
  { key, automaticTax }: { key: string; automaticTax: boolean },
): Promise<string> {
  const { subscription } = await locate(stripe, refs);
  if (!subscription) {
    throw new TenureFailure('refused', 'Nothing was bought yet, so there is nothing to resume.', {
      reason: 'no-billing',
    });
  }
  if (!isOver(subscription)) {
    if (subscription.cancel_at_period_end) {
      await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false });
    }
    return subscription.id;
  }
  return startAgain(stripe, subscription, { key, automaticTax });
}

async function startAgain(
  stripe: Stripe,
  ended: Stripe.Subscription,
  { key, automaticTax }: { key: string; automaticTax: boolean },
): Promise<string> {
  const paymentMethod = await paymentMethodOf(stripe, ended);
  const started = await stripe.subscriptions.create(
    {
      customer: customerOf(ended),
      items: ended.items.data.map(({ price, quantity }) => ({ price: price.id, quantity })),
      default_payment_method: paymentMethod,
      payment_behavior: 'error_if_incomplete',
      off_session: true,
      metadata: { ...ended.metadata, [METADATA.resumeKey]: key },
      ...(automaticTax && { automatic_tax: { enabled: true } }),
    },
    { idempotencyKey: `resume/${key}` },
  );
  return started.id;
}

async function paymentMethodOf(stripe: Stripe, ended: Stripe.Subscription): Promise<string> {
  if (ended.default_payment_method !== null) return idOf(ended.default_payment_method);
  const customer = await stripe.customers.retrieve(customerOf(ended));
  const method = customer.deleted ? null : customer.invoice_settings.default_payment_method;
  if (method !== null) return idOf(method);
  throw new TenureFailure('needs-a-human', 'No payment method is on file.', {
    reason: 'payment-declined',
    nextStep: 'The customer must order anew or give a payment method.',
  });
}

function idOf(reference: string | { id: string }): string {
  return typeof reference === 'string' ? reference : reference.id;
}
