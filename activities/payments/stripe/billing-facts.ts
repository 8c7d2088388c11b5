import type Stripe from 'stripe';
import { TenureFailure } from '../../../schemas/failures.ts';
import type { PeriodicPrice } from '../../../schemas/subscriptions/billed.ts';
import type { BillingStanding } from '../../../schemas/subscriptions/lifecycle.ts';
import type { BillingFacts, BillingRefs } from '../port.ts';
import { METADATA } from './checkout.ts';

/** What Stripe has for one of our subscriptions. */
export interface Located {
  session: Stripe.Checkout.Session | null;
  /** The one that bills now; the ended one if none does. */
  subscription: Stripe.Subscription | null;
}

/** A payment that was tried: its intent with the charge in it. */
export type Payment = Stripe.PaymentIntent & { latest_charge: Stripe.Charge | null };

/** Finds Stripe's objects by what we know of them. @throws TenureFailure `refused` if we know nothing. */
export async function locate(stripe: Stripe, refs: BillingRefs): Promise<Located> {
  const { session, subscription } = await retrieve(stripe, refs);
  if (!subscription || !isOver(subscription)) return { session, subscription };
  return { session, subscription: (await successorOf(stripe, subscription, refs)) ?? subscription };
}

async function retrieve(stripe: Stripe, refs: BillingRefs): Promise<Located> {
  if (refs.billingRef !== null) {
    return { session: null, subscription: await stripe.subscriptions.retrieve(refs.billingRef) };
  }
  if (refs.checkoutRef === null) {
    throw new TenureFailure('refused', 'No checkout was opened for this subscription.', {
      reason: 'no-checkout',
    });
  }
  const session = await stripe.checkout.sessions.retrieve(refs.checkoutRef, { expand: ['subscription'] });
  return { session, subscription: session.subscription as Stripe.Subscription | null };
}

/** Billing that was started again after its end lives in a new Stripe subscription of the same customer. */
async function successorOf(
  stripe: Stripe,
  ended: Stripe.Subscription,
  { subscriptionId }: BillingRefs,
): Promise<Stripe.Subscription | undefined> {
  const { data } = await stripe.subscriptions.list({ customer: customerOf(ended), limit: 100 });
  return data.find((other) => other.metadata[METADATA.subscription] === subscriptionId && !isOver(other));
}

export function isOver({ status }: Stripe.Subscription): boolean {
  return status === 'canceled' || status === 'incomplete_expired';
}

export function customerOf({ customer }: Stripe.Subscription): string {
  return typeof customer === 'string' ? customer : customer.id;
}

/** All payments of a customer, newest first. Every order has its own customer, so these are the order's. */
export async function listPayments(stripe: Stripe, customer: string): Promise<Payment[]> {
  const params = { customer, limit: 100, expand: ['data.latest_charge'] };
  const payments = await stripe.paymentIntents.list(params).autoPagingToArray({ limit: 10_000 });
  return payments as Payment[];
}

/** What payments brought and what of it went back, minor units. */
export function moneyOf(payments: Payment[]): { receivedMinor: number; refundedMinor: number } {
  const succeeded = payments.filter(({ status }) => status === 'succeeded');
  return {
    receivedMinor: succeeded.reduce((sum, { amount_received: received }) => sum + received, 0),
    refundedMinor: succeeded.reduce((sum, payment) => sum + (payment.latest_charge?.amount_refunded ?? 0), 0),
  };
}

/** Reads how billing stands, from the objects themselves. */
export async function readFacts(stripe: Stripe, refs: BillingRefs): Promise<BillingFacts> {
  const { session, subscription } = await locate(stripe, refs);
  if (!subscription) return factsWithoutSubscription(session);
  const [invoices, payments] = await Promise.all([
    stripe.invoices.list({ subscription: subscription.id, limit: 100 }),
    listPayments(stripe, customerOf(subscription)),
  ]);
  const { receivedMinor, refundedMinor } = moneyOf(payments);
  const everPaid = receivedMinor > 0 || invoices.data.some(({ status }) => status === 'paid');
  const standing = standingOf({
    status: subscription.status,
    everPaid,
    debitUnderWay: payments.some(({ status }) => status === 'processing'),
    attemptFailed: invoices.data.some(
      ({ status, attempt_count: attempts }) => status === 'open' && attempts > 0,
    ),
  });
  return {
    standing,
    billingRef: subscription.id,
    periodEnd: paidUntil(subscription, standing, everPaid),
    endsAtPeriodEnd: !isOver(subscription) && subscription.cancel_at_period_end,
    paidMinor: receivedMinor - refundedMinor,
    price: isOver(subscription) ? null : priceOf(subscription),
    declineReason: standing === 'paid' || standing === 'processing' ? null : declineReason(payments),
  };
}

/** What all items together cost each period; `null` where Stripe does not say it as one amount. */
export function priceOf({ items, currency }: Stripe.Subscription): PeriodicPrice | null {
  const [first] = items.data;
  const recurring = first?.price.recurring;
  if (!recurring || items.data.some(({ price }) => price.unit_amount === null)) return null;
  const amountMinor = items.data.reduce(
    (sum, { price, quantity }) => sum + (price.unit_amount ?? 0) * (quantity ?? 1),
    0,
  );
  const { interval, interval_count: count } = recurring;
  return { amountMinor, currency, interval: count > 1 ? `${count} ${interval}` : interval };
}

function factsWithoutSubscription(session: Stripe.Checkout.Session | null): BillingFacts {
  return {
    standing: session?.status === 'expired' ? 'expired' : 'unpaid',
    billingRef: null,
    periodEnd: null,
    endsAtPeriodEnd: false,
    paidMinor: 0,
    price: null,
    declineReason: null,
  };
}

export interface StandingInputs {
  status: Stripe.Subscription.Status;
  /** Some invoice was paid, if only one of zero. */
  everPaid: boolean;
  /** The bank has not answered yet about a debit. */
  debitUnderWay: boolean;
  /** An invoice is open although its collection was tried. */
  attemptFailed: boolean;
}

/**
 * How it stands. Stripe calls a subscription `active` while its first debit is still under way, and even for a moment
 * after that failed, so its status alone says too much.
 */
export function standingOf({
  status,
  everPaid,
  debitUnderWay,
  attemptFailed,
}: StandingInputs): BillingStanding {
  if (status === 'canceled') return 'ended';
  if (status === 'incomplete_expired') return everPaid ? 'ended' : 'expired';
  if (debitUnderWay) return 'processing';
  const isGood = (status === 'active' && everPaid) || status === 'trialing';
  if (isGood && !attemptFailed) return 'paid';
  return everPaid ? 'past-due' : 'unpaid';
}

/** End of what was paid for: Stripe moves the period on before it has collected for it. */
function paidUntil(
  subscription: Stripe.Subscription,
  standing: BillingStanding,
  everPaid: boolean,
): string | null {
  if (!everPaid) return null;
  if (subscription.ended_at !== null) return instant(subscription.ended_at);
  const [item] = subscription.items.data;
  if (!item) return null;
  return instant(standing === 'paid' ? item.current_period_end : item.current_period_start);
}

function declineReason(payments: Payment[]): string | null {
  const failed = payments.find(({ last_payment_error: error }) => error !== null);
  return failed?.last_payment_error?.message ?? null;
}

function instant(unixSeconds: number): string {
  return new Date(unixSeconds * 1_000).toISOString();
}
