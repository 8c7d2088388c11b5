import { ApiError, cardError, invalidRequest, noSuch } from '../wire/errors.ts';
import type { Price } from '../objects/catalog.ts';
import type { PaymentMethodType } from '../objects/checkout-session.ts';
import type { Invoice } from '../objects/invoice.ts';
import { newSubscription, type Subscription, type SubscriptionStatus } from '../objects/subscription.ts';
import type { Tx } from '../world/tx.ts';
import { redeem, type Redeemable } from './discounts.ts';
import { intentOf, makeInvoice, markPaid, paymentOf, voidInvoice } from './invoices.ts';
import type { ExtraLine } from './lines.ts';
import { periodEnd } from './periods.ts';
import { attemptPayment, type Attempt, type PaymentOutcome, type Purpose } from './payments.ts';

export interface StartSubscription {
  customer: string;
  currency: string;
  items: { price: Price; quantity: number; metadata?: Record<string, string> }[];
  extra: ExtraLine[];
  redeemable: Redeemable | null;
  checkoutSession: string | null;
  /** For the ledger: what the caller calls it. */
  reference: string | null;
  status: SubscriptionStatus;
  defaultPaymentMethod: string | null;
  paymentMethodTypes: PaymentMethodType[] | null;
  automaticTax: boolean;
  description: string | null;
  metadata: Record<string, string>;
}

/** Starts a subscription and makes its first invoice, which is still to be paid. */
export function startSubscription(
  tx: Tx,
  start: StartSubscription,
): { subscription: string; invoice: Invoice } {
  const recurring = start.items[0]?.price;
  if (!recurring) throw invalidRequest('A subscription needs at least one recurring price.', 'items');
  const { customer, currency, checkoutSession } = start;
  const subscription = newSubscription({ ...start, periodEnd: periodEnd(tx.now, tx.now, recurring) }, tx.now);
  tx.put('subscriptions', subscription.id, subscription);
  tx.put('references', subscription.id, { key: start.reference });
  if (start.redeemable) {
    const purchase = { customer, subscription: subscription.id, checkoutSession };
    subscription.discounts = [redeem(tx, start.redeemable, purchase).id];
  }
  tx.edit('customers', customer).currency = currency;
  tx.record({
    effect: 'subscription.created',
    id: subscription.id,
    key: start.reference ?? undefined,
    detail: { customer, metadata: start.metadata },
  });
  tx.emit('customer.subscription.created', subscription);
  return {
    subscription: subscription.id,
    invoice: makeInvoice(tx, subscription.id, 'subscription_create', start.extra),
  };
}

/** Begins the next period and collects for it, or ends the subscription if that was wished. */
export function renew(tx: Tx, id: string, forced?: Attempt['forced']): void {
  const subscription = tx.edit('subscriptions', id);
  if (subscription.status === 'canceled') throw invalidRequest('The subscription is canceled.');
  if (subscription.cancel_at_period_end) return endSubscription(tx, subscription);
  for (const item of subscription.items.data) {
    item.current_period_start = item.current_period_end;
    item.current_period_end = periodEnd(
      subscription.billing_cycle_anchor,
      item.current_period_start,
      item.price,
    );
  }
  const invoice = makeInvoice(tx, id, 'subscription_cycle', []);
  tx.emit('customer.subscription.updated', subscription, { latest_invoice: null });
  collect(tx, invoice.id, { forced });
}

export interface Collection {
  /** By default what is on file. */
  paymentMethod?: string;
  forced?: Attempt['forced'];
  /** By the customer: leaves the schedule of tries as it is. */
  byHand?: boolean;
}

/** Tries to collect an open invoice. */
export function collect(tx: Tx, invoiceId: string, options: Collection = {}): PaymentOutcome {
  const invoice = tx.edit('invoices', invoiceId);
  const subscription = tx.edit('subscriptions', invoice.parent.subscription_details.subscription);
  const purpose = purposeOf(tx, subscription.id);
  if (invoice.amount_due === 0) {
    paid(tx, invoice, subscription);
    return 'succeeded';
  }
  const paymentMethod = options.paymentMethod ?? defaultMethod(tx, subscription);
  if (!paymentMethod) {
    throw invalidRequest(
      'This customer has no attached payment source or default payment method.',
      undefined,
      'resource_missing',
    );
  }
  const intent = intentOf(tx, invoice);
  if (!options.byHand || invoice.attempt_count === 0) invoice.attempt_count += 1;
  invoice.attempted = true;
  const outcome = attemptPayment(tx, { intent: intent.id, paymentMethod, forced: options.forced, purpose });
  afterAttempt(tx, invoice.id, outcome);
  return outcome;
}

/** What a payment's outcome does to its invoice and subscription. */
export function afterAttempt(tx: Tx, invoiceId: string, outcome: PaymentOutcome): void {
  const invoice = tx.edit('invoices', invoiceId);
  const subscription = tx.edit('subscriptions', invoice.parent.subscription_details.subscription);
  if (outcome === 'succeeded') return paid(tx, invoice, subscription);
  if (outcome === 'processing') {
    invoice.next_payment_attempt = null;
    return;
  }
  const retryAfterDays = 3;
  const maxAttempts = 4;
  const triesAgain = invoice.attempt_count < maxAttempts && subscription.status !== 'canceled';
  const isScheduled = invoice.next_payment_attempt !== null && invoice.next_payment_attempt > tx.now;
  if (!isScheduled) invoice.next_payment_attempt = triesAgain ? tx.now + retryAfterDays * 86_400 : null;
  tx.emit('invoice.payment_failed', invoice);
  if (subscription.status === 'active') setStatus(tx, subscription, 'past_due');
}

/** Ends a subscription at once. @throws ApiError 404 if it has ended before. */
export function cancelSubscription(tx: Tx, id: string, comment: string | null): Subscription {
  const subscription = tx.edit('subscriptions', id);
  if (subscription.status === 'canceled') throw noSuch('subscription', id);
  subscription.canceled_at = tx.now;
  subscription.cancellation_details.reason = 'cancellation_requested';
  subscription.cancellation_details.comment = comment;
  endSubscription(tx, subscription);
  return subscription;
}

/** What a subscription's money is for: the checkout's reference, or failing that, what its maker used as a key. */
export function purposeOf(tx: Tx, subscriptionId: string): Purpose {
  return {
    key: tx.get('references', subscriptionId)?.key ?? null,
    subscription: subscriptionId,
    metadata: tx.get('subscriptions', subscriptionId)?.metadata ?? {},
  };
}

/** As {@link declinedError}, where nothing is made, not even the invoice; the buyer is told why their bank said no. */
export function incomplete(tx: Tx, invoiceId: string): ApiError {
  const { status, fields } = declinedError(tx, invoiceId);
  return new ApiError(status, { ...fields, charge: undefined });
}

/** The error that a declined charge of this invoice is answered with. */
export function declinedError(tx: Tx, invoiceId: string) {
  const invoice = tx.edit('invoices', invoiceId);
  const error = intentOf(tx, invoice).last_payment_error;
  return cardError(
    error?.code ?? 'card_declined',
    error?.decline_code,
    error?.message ?? 'Your card was declined.',
    error?.charge,
  );
}

function paid(tx: Tx, invoice: Invoice, subscription: Subscription): void {
  markPaid(tx, invoice.id, purposeOf(tx, subscription.id));
  keepMethod(tx, invoice, subscription);
  activateIfNothingIsOpen(tx, subscription);
}

/** Voids an invoice; a subscription that waited only for it is active again. @throws ApiError as {@link voidInvoice} */
export function withdrawInvoice(tx: Tx, invoiceId: string): Invoice {
  const invoice = voidInvoice(tx, invoiceId);
  const subscription = tx.edit('subscriptions', invoice.parent.subscription_details.subscription);
  if (subscription.status !== 'incomplete') activateIfNothingIsOpen(tx, subscription);
  return invoice;
}

function activateIfNothingIsOpen(tx: Tx, subscription: Subscription): void {
  const open = tx
    .all('invoices')
    .some(
      (other) =>
        other.parent.subscription_details.subscription === subscription.id && other.status === 'open',
    );
  const waits = ['incomplete', 'past_due', 'unpaid'].includes(subscription.status);
  if (waits && !open) setStatus(tx, subscription, 'active');
}

/** The method that paid pays from now on, where the subscription says so. */
function keepMethod(tx: Tx, invoice: Invoice, subscription: Subscription): void {
  if (subscription.payment_settings.save_default_payment_method === 'off') return;
  const intent = tx.get('paymentIntents', paymentOf(tx, invoice.id)?.payment.payment_intent ?? '');
  const before = subscription.default_payment_method;
  if (!intent?.payment_method || intent.payment_method === before) return;
  subscription.default_payment_method = intent.payment_method;
  tx.emit('customer.subscription.updated', subscription, { default_payment_method: before });
}

function setStatus(tx: Tx, subscription: Subscription, status: SubscriptionStatus): void {
  const before = subscription.status;
  subscription.status = status;
  tx.emit('customer.subscription.updated', subscription, { status: before });
}

function endSubscription(tx: Tx, subscription: Subscription): void {
  subscription.status = 'canceled';
  subscription.ended_at = tx.now;
  subscription.canceled_at ??= tx.now;
  for (const { id, parent, status } of tx.all('invoices')) {
    if (parent.subscription_details.subscription !== subscription.id || status !== 'open') continue;
    const invoice = tx.edit('invoices', id);
    invoice.auto_advance = false;
    invoice.next_payment_attempt = null;
  }
  tx.record({
    effect: 'subscription.canceled',
    id: subscription.id,
    key: purposeOf(tx, subscription.id).key ?? undefined,
    detail: { customer: subscription.customer, metadata: subscription.metadata },
  });
  tx.emit('customer.subscription.deleted', subscription);
}

function defaultMethod(tx: Tx, subscription: Subscription): string | null {
  const customer = tx.need('customers', subscription.customer, 'customer');
  return subscription.default_payment_method ?? customer.invoice_settings.default_payment_method;
}
