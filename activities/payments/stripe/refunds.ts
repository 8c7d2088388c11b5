/** Money back: all of it, or one payment. Each charge is looked at first, so a repetition, however late, adds nothing. */
import Stripe from 'stripe';
import { Currency } from '../../../schemas/money.ts';
import type { BillingRefs, ReceivedPayment } from '../port.ts';
import { customerOf, isOver, listPayments, locate, moneyOf, type Payment } from './billing-facts.ts';
import { METADATA } from './checkout.ts';

/** Refunds what is left of every payment. */
export async function refundEverything(
  stripe: Stripe,
  refs: BillingRefs,
  key: string,
): Promise<{ refundedMinor: number; currency: Currency }> {
  const { session, subscription } = await locate(stripe, refs);
  const currency = Currency.parse(subscription?.currency ?? session?.currency);
  if (!subscription) return { refundedMinor: 0, currency };
  const customer = customerOf(subscription);
  const payments = await listPayments(stripe, customer);
  for (const payment of payments) await refundPayment(stripe, payment, { key, refs });
  const { refundedMinor } = moneyOf(await listPayments(stripe, customer));
  return { refundedMinor, currency };
}

async function refundPayment(
  stripe: Stripe,
  { status, latest_charge: charge }: Payment,
  { key, refs }: { key: string; refs: BillingRefs },
): Promise<void> {
  if (status !== 'succeeded' || !charge) return;
  const leftMinor = leftOf(charge);
  if (leftMinor === 0) return;
  try {
    await stripe.refunds.create(
      {
        charge: charge.id,
        amount: leftMinor,
        reason: 'requested_by_customer',
        metadata: { [METADATA.subscription]: refs.subscriptionId, [METADATA.refundKey]: key },
      },
      { idempotencyKey: `refund/${key}/${charge.id}/${leftMinor}` },
    );
  } catch (error) {
    const done =
      error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'charge_already_refunded';
    if (!done) throw error;
  }
}

/** The payments that have arrived; with `since`, those that arrived after it and not before billing had ended. */
export async function findReceived(
  stripe: Stripe,
  refs: BillingRefs,
  since: string | null,
): Promise<ReceivedPayment[]> {
  const { subscription } = await locate(stripe, refs);
  if (!subscription) return [];
  const arrived = since === null ? null : await arrivedAfter(stripe, subscription, Date.parse(since));
  const payments = await listPayments(stripe, customerOf(subscription));
  return payments
    .filter(({ id, status }) => status === 'succeeded' && (arrived === null || arrived.has(id)))
    .map(({ id, latest_charge: charge }) => ({ paymentRef: id, leftMinor: leftOf(charge) }));
}

/**
 * Ids of the payments that came after an instant of ours. A debit is begun days before it arrives, and only its invoice tells
 * when it did. The end of billing is Stripe's own instant: it stands where our clock and Stripe's differ.
 */
async function arrivedAfter(
  stripe: Stripe,
  subscription: Stripe.Subscription,
  sinceMs: number,
): Promise<Set<string>> {
  const ended = isOver(subscription) ? (subscription.ended_at ?? 0) : 0;
  // Of the customer: billing that was started again is another subscription of the same order.
  const params = { customer: customerOf(subscription), status: 'paid' as const, limit: 100 };
  const invoices = await stripe.invoices
    .list({ ...params, expand: ['data.payments'] })
    .autoPagingToArray({ limit: 10_000 });
  const late = invoices
    .flatMap(({ payments }) => payments?.data ?? [])
    .filter(({ status_transitions: { paid_at: paidAt } }) => {
      return paidAt !== null && paidAt >= ended && paidAt * 1_000 > sinceMs;
    });
  return new Set(late.map(({ payment }) => idOf(payment.payment_intent)));
}

/** Refunds what is left of one payment. Minor units that were given back under this key, now or before. */
export async function refundOne(
  stripe: Stripe,
  refs: BillingRefs,
  { paymentRef, key }: { paymentRef: string; key: string },
): Promise<number> {
  const payment = await stripe.paymentIntents.retrieve(paymentRef, { expand: ['latest_charge'] });
  await refundPayment(stripe, payment as Stripe.Response<Payment>, { key, refs });
  const refunds = await stripe.refunds.list({ payment_intent: paymentRef, limit: 100 });
  return refunds.data
    .filter(({ metadata, status }) => metadata?.[METADATA.refundKey] === key && !hasFailed(status))
    .reduce((sum, { amount }) => sum + amount, 0);
}

function hasFailed(status: string | null): boolean {
  return status === 'failed' || status === 'canceled';
}

function leftOf(charge: Stripe.Charge | null): number {
  return charge === null ? 0 : charge.amount_captured - charge.amount_refunded;
}

function idOf(reference: string | { id: string } | null | undefined): string {
  return typeof reference === 'string' ? reference : (reference?.id ?? '');
}
