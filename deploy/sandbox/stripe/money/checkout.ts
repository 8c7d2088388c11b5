import { invalidRequest } from '../wire/errors.ts';
import type { CheckoutLine, Session } from '../objects/checkout-session.ts';
import { newPaymentIntent, newPaymentMethod, type PaymentIntent } from '../objects/payment.ts';
import type { Address } from '../objects/common.ts';
import type { Tx } from '../world/tx.ts';
import { priceLines, taxPercentOf } from './amounts.ts';
import {
  redeemable,
  redeemableCoupon,
  reductionOf,
  findPromotionCode,
  type Redeemable,
} from './discounts.ts';
import type { TypedInstrument } from './instruments.ts';
import { attachIntent, markPaid } from './invoices.ts';
import { attemptPayment, type PaymentOutcome, type Purpose } from './payments.ts';
import { purposeOf, startSubscription } from './subscriptions.ts';

/** What the buyer tells about themselves on the payment page. */
export interface BuyerDetails {
  name: string;
  address: Address | null;
  /** A European VAT number. */
  taxId: string | null;
}

export type CheckoutResult = 'complete' | 'challenge' | 'declined';

/** Computes a session's lines and totals anew, after a discount or an address came in. */
export function totalUp(tx: Tx, sessionId: string): void {
  const session = tx.edit('sessions', sessionId);
  const lines = tx.edit('sessionLines', sessionId);
  const { country } = session.customer_details.address ?? { country: null };
  const applied = appliedDiscount(tx, session);
  const sums = priceLines(
    lines.map((line) => line.price.unit_amount * line.quantity),
    applied && reductionOf(applied.coupon),
    taxPercentOf(session.automatic_tax.enabled, country, session.customer_details.tax_exempt),
  );
  lines.forEach((line, index) => fillLine(line, sums.lines[index]));
  session.amount_subtotal = sums.subtotal;
  session.amount_total = sums.total;
  session.total_details = { amount_discount: sums.discount, amount_shipping: 0, amount_tax: sums.tax };
  if (session.automatic_tax.enabled) {
    session.automatic_tax.status = country ? 'complete' : 'requires_location_inputs';
  }
}

/** What each later period will cost, as far as it is known now; minor units. */
export function renewalTotal(tx: Tx, sessionId: string): number {
  const session = tx.need('sessions', sessionId, 'checkout.session') as Session;
  const lines = tx
    .need('sessionLines', sessionId, 'line item')
    .filter(({ price }) => price.recurring !== null);
  const applied = appliedDiscount(tx, session)?.coupon;
  return priceLines(
    lines.map((line) => line.price.unit_amount * line.quantity),
    applied && applied.duration !== 'once' ? reductionOf(applied) : null,
    taxPercentOf(
      session.automatic_tax.enabled,
      session.customer_details.address?.country,
      session.customer_details.tax_exempt,
    ),
  ).total;
}

/** Puts a promotion code, as typed, on an open session. @throws ApiError 400 if it cannot be used. */
export function applyPromotionCode(tx: Tx, sessionId: string, typed: string): void {
  const session = openSession(tx, sessionId);
  const code = findPromotionCode(tx, typed);
  if (!session.allow_promotion_codes || !code) {
    throw invalidRequest('This code is invalid.', 'promotion_code', 'promotion_code_invalid');
  }
  redeemable(tx, code, purchaseOf(session));
  session.discounts = [{ coupon: null, promotion_code: code.id }];
  totalUp(tx, sessionId);
}

/** Takes a promotion code off an open session again. */
export function removePromotionCode(tx: Tx, sessionId: string): void {
  const session = openSession(tx, sessionId);
  if (session.allow_promotion_codes) session.discounts = [];
  totalUp(tx, sessionId);
}

/**
 * The buyer presses "pay".
 *
 * @throws ApiError 400 if the session is not open any more.
 */
export function pay(tx: Tx, sessionId: string, typed: TypedInstrument, buyer: BuyerDetails): CheckoutResult {
  const session = openSession(tx, sessionId);
  rememberBuyer(tx, session, buyer);
  totalUp(tx, sessionId);
  const method = newPaymentMethod(
    {
      name: buyer.name,
      email: session.customer_details.email,
      address: buyer.address,
      details: typed.details,
    },
    tx.now,
  );
  tx.put('paymentMethods', method.id, method);
  tx.put('instruments', method.id, typed.instrument);
  if (!typed.needsChallenge) return charge(tx, session, method.id);
  tx.put('attempts', sessionId, { ...attemptOf(tx, sessionId), waiting: method.id });
  return 'challenge';
}

/** The buyer's answer to their bank's question (3-D Secure). */
export function answerChallenge(tx: Tx, sessionId: string, confirmed: boolean): CheckoutResult {
  const session = openSession(tx, sessionId);
  const attempt = attemptOf(tx, sessionId);
  if (!attempt.waiting) throw invalidRequest('No payment of this session waits for its confirmation.');
  tx.put('attempts', sessionId, { ...attempt, waiting: null });
  return confirmed ? charge(tx, session, attempt.waiting) : 'declined';
}

/** Closes an open session. @throws ApiError 400 if it is not open. */
export function expireSession(tx: Tx, sessionId: string): Session {
  const session = tx.edit('sessions', sessionId);
  if (session.status !== 'open') {
    throw invalidRequest(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}.`,
    );
  }
  session.status = 'expired';
  session.url = null;
  tx.record({
    effect: 'checkout.expired',
    id: session.id,
    key: session.client_reference_id ?? undefined,
    detail: {},
  });
  tx.emit('checkout.session.expired', session);
  return session;
}

/** A late answer of the bank about the first debit, told to the session. */
export function settleSession(tx: Tx, subscriptionId: string, outcome: PaymentOutcome): void {
  const found = tx.all('sessions').find(({ subscription, payment_status }) => {
    return subscription === subscriptionId && payment_status === 'unpaid';
  });
  if (!found) return;
  const session = tx.edit('sessions', found.id);
  if (outcome === 'succeeded') session.payment_status = 'paid';
  tx.emit(`checkout.session.async_payment_${outcome === 'succeeded' ? 'succeeded' : 'failed'}`, session);
}

function charge(tx: Tx, session: Session, paymentMethod: string): CheckoutResult {
  const intent = session.amount_total > 0 ? checkoutIntent(tx, session) : null;
  const outcome = intent
    ? attemptPayment(tx, { intent: intent.id, paymentMethod, purpose: purposeOfSession(tx, session) })
    : 'succeeded';
  if (outcome === 'failed') return 'declined';
  complete(tx, session, paymentMethod, intent, outcome);
  return 'complete';
}

function complete(
  tx: Tx,
  session: Session,
  paymentMethod: string,
  intent: PaymentIntent | null,
  outcome: PaymentOutcome,
): void {
  const method = tx.edit('paymentMethods', paymentMethod);
  method.customer = session.customer;
  tx.emit('payment_method.attached', method);

  const lines = tx.need('sessionLines', session.id, 'line item');
  const plan = tx.need('sessionPlans', session.id, 'plan');
  const { subscription, invoice } = startSubscription(tx, {
    customer: session.customer,
    currency: session.currency,
    items: lines.filter(({ price }) => price.type === 'recurring'),
    extra: lines.filter(({ price }) => price.type === 'one_time'),
    redeemable: appliedDiscount(tx, session),
    checkoutSession: session.id,
    reference: session.client_reference_id,
    status: 'active',
    defaultPaymentMethod: paymentMethod,
    paymentMethodTypes: session.payment_method_types,
    automaticTax: session.automatic_tax.enabled,
    description: plan.description,
    metadata: plan.metadata,
  });
  if (intent) attachIntent(tx, invoice, intent);
  invoice.attempted = intent !== null;
  invoice.attempt_count = intent ? 1 : 0;
  if (outcome === 'succeeded') markPaid(tx, invoice.id, purposeOf(tx, subscription));

  session.status = 'complete';
  session.url = null;
  session.subscription = subscription;
  session.invoice = invoice.id;
  if (outcome === 'succeeded') session.payment_status = intent ? 'paid' : 'no_payment_required';
  tx.record({
    effect: 'checkout.completed',
    id: session.id,
    key: session.client_reference_id ?? undefined,
    detail: { amountMinor: session.amount_total, currency: session.currency, subscription },
  });
  tx.emit('checkout.session.completed', session);
}

/** One intent serves all attempts of a checkout, as long as the sum stays the same. */
function checkoutIntent(tx: Tx, session: Session): PaymentIntent {
  const attempt = attemptOf(tx, session.id);
  if (attempt.paymentIntent) {
    const intent = tx.edit('paymentIntents', attempt.paymentIntent);
    intent.amount = session.amount_total;
    return intent;
  }
  const intent = newPaymentIntent(
    {
      amount: session.amount_total,
      currency: session.currency,
      customer: session.customer,
      description: 'Subscription creation',
      paymentMethodTypes: session.payment_method_types,
    },
    tx.now,
  );
  tx.put('paymentIntents', intent.id, intent);
  tx.put('attempts', session.id, { ...attempt, paymentIntent: intent.id });
  tx.emit('payment_intent.created', intent);
  return intent;
}

function attemptOf(tx: Tx, sessionId: string) {
  return tx.get('attempts', sessionId) ?? { paymentIntent: null, waiting: null };
}

function openSession(tx: Tx, sessionId: string): Session {
  const session = tx.edit('sessions', sessionId);
  if (session.status === 'open' && session.expires_at <= tx.now) {
    throw invalidRequest('This Checkout Session has expired.');
  }
  if (session.status !== 'open') throw invalidRequest(`This Checkout Session is ${session.status}.`);
  return session;
}

function appliedDiscount(tx: Tx, session: Session): Redeemable | null {
  const [discount] = session.discounts;
  if (!discount) return null;
  if (discount.promotion_code) {
    const code = tx.need('promotionCodes', discount.promotion_code, 'promotion code');
    return redeemable(tx, code, purchaseOf(session));
  }
  return { coupon: redeemableCoupon(tx, discount.coupon ?? '', session.currency), promotionCode: null };
}

function purchaseOf(session: Session) {
  return { customer: session.customer, currency: session.currency, subtotal: session.amount_subtotal };
}

function purposeOfSession(tx: Tx, session: Session): Purpose {
  const metadata = tx.get('sessionPlans', session.id)?.metadata ?? {};
  return { key: session.client_reference_id, subscription: null, metadata };
}

function rememberBuyer(tx: Tx, session: Session, buyer: BuyerDetails): void {
  const customer = tx.edit('customers', session.customer);
  session.customer_details.name = buyer.name;
  customer.name ??= buyer.name;
  if (buyer.address) {
    session.customer_details.address = buyer.address;
    customer.address = buyer.address;
  }
  if (!buyer.taxId) return;
  session.customer_details.tax_ids = [{ type: 'eu_vat', value: buyer.taxId }];
  // Within the union, a business in another country owes the tax itself.
  const reverse = buyer.address?.country !== 'DE';
  session.customer_details.tax_exempt = reverse ? 'reverse' : 'none';
  customer.tax_exempt = session.customer_details.tax_exempt;
}

function fillLine(
  line: CheckoutLine,
  priced: ReturnType<typeof priceLines>['lines'][number] | undefined,
): void {
  line.amount_subtotal = priced?.subtotal ?? 0;
  line.amount_discount = priced?.discount ?? 0;
  line.amount_tax = priced?.tax ?? 0;
  line.amount_total = priced?.total ?? 0;
}
