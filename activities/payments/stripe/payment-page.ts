import type Stripe from 'stripe';
import { TenureFailure } from '../../../schemas/failures.ts';
import type { BillingRefs } from '../port.ts';
import { customerOf, isOver, listPayments, locate } from './billing-facts.ts';

/**
 * The hosted page of the oldest open invoice: it takes the payment itself and needs no set-up. The customer portal would
 * have to be configured in the dashboard first, and only lists invoices with links to these pages.
 *
 * @throws TenureFailure `refused` with reason `nothing-to-pay`.
 */
export async function findPaymentPage(stripe: Stripe, refs: BillingRefs): Promise<string> {
  const { subscription } = await locate(stripe, refs);
  if (!subscription || isOver(subscription)) {
    throw nothingToPay('Billing is not running.', 'Place a new order.');
  }
  const [open, payments] = await Promise.all([
    stripe.invoices.list({ subscription: subscription.id, status: 'open', limit: 100 }),
    listPayments(stripe, customerOf(subscription)),
  ]);
  if (payments.some(({ status }) => status === 'processing')) {
    throw nothingToPay('A bank debit is under way.', 'Wait for the bank; it takes some days.');
  }
  const url = open.data.at(-1)?.hosted_invoice_url;
  if (!url) throw nothingToPay('No invoice is open.', 'Nothing is left to do.');
  await keepMethodOfLatestPayment(stripe, subscription);
  return url;
}

/** Otherwise renewals would go on charging the method that has failed: Checkout has fixed it on the subscription. */
async function keepMethodOfLatestPayment(
  stripe: Stripe,
  { id, payment_settings: settings }: Stripe.Subscription,
): Promise<void> {
  if (settings?.save_default_payment_method === 'on_subscription') return;
  await stripe.subscriptions.update(id, {
    payment_settings: { save_default_payment_method: 'on_subscription' },
  });
}

function nothingToPay(message: string, nextStep: string): TenureFailure {
  return new TenureFailure('refused', message, { reason: 'nothing-to-pay', nextStep });
}
