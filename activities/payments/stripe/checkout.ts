import Stripe from 'stripe';
import { TenureFailure } from '../../../schemas/failures.ts';
import type { Checkout, CheckoutOrder } from '../port.ts';
import { contactParams } from './customer.ts';
import type { PriceList, StripePrices } from './prices.ts';

/** Metadata under which we find ourselves again on Stripe's objects. */
export const METADATA = {
  tenant: 'tenure_tenant',
  subscription: 'tenure_subscription',
  customer: 'tenure_customer',
  resumeKey: 'tenure_resume_key',
  refundKey: 'tenure_refund_key',
  changeKey: 'tenure_change_key',
  undoneKey: 'tenure_undone_key',
  priceBefore: 'tenure_price_before',
} as const;

/** What the SDK's newer types no longer list, but the API version that we ask for takes. */
type SessionParams = Stripe.Checkout.SessionCreateParams & {
  payment_method_types: ('card' | 'sepa_debit')[];
};

const SHORTEST_SECONDS = 30 * 60;
const LONGEST_SECONDS = 24 * 3_600;
/** For the way to Stripe and clocks that differ. */
const MARGIN_SECONDS = 60;

/** What all checkouts share. */
export interface Shop {
  priceList: PriceList;
  automaticTax: boolean;
}

/** Opens a Checkout Session in subscription mode, or gives the one that this order has. */
export async function openCheckout(
  stripe: Stripe,
  order: CheckoutOrder,
  { priceList, automaticTax }: Shop,
): Promise<Checkout> {
  const promotionCode =
    order.promotionCode === null ? null : await findPromotionCode(stripe, order.promotionCode);
  const [customer, prices] = await Promise.all([
    createCustomer(stripe, order),
    priceList.pricesOf(order.price),
  ]);
  const earlier = await findSession(stripe, customer);
  if (earlier) return asCheckout(earlier, customer, order);
  const params = sessionParams(order, { customer, prices, promotionCode, automaticTax }, Date.now());
  try {
    const session = await stripe.checkout.sessions.create(params, {
      idempotencyKey: `checkout/${order.subscriptionId}`,
    });
    return asCheckout(session, customer, order);
  } catch (error) {
    // A repetition a moment later may ask for another expiry; then the first one holds.
    const other =
      error instanceof Stripe.errors.StripeIdempotencyError && (await findSession(stripe, customer));
    if (!other) throw error;
    return asCheckout(other, customer, order);
  }
}

/** Closes an open session. One that was completed or has expired stays as it is. */
export async function closeCheckout(stripe: Stripe, checkoutRef: string): Promise<void> {
  try {
    await stripe.checkout.sessions.expire(checkoutRef);
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
    const { status } = await stripe.checkout.sessions.retrieve(checkoutRef);
    if (status === 'open') throw error;
  }
}

/** A Stripe customer of its own for every order, so that all its payments are that order's. */
async function createCustomer(stripe: Stripe, order: CheckoutOrder): Promise<string> {
  const { id } = await stripe.customers.create(
    {
      ...contactParams(order),
      metadata: { ...orderMetadata(order), [METADATA.customer]: order.customerId },
    },
    { idempotencyKey: `customer/${order.customerId}/${order.subscriptionId}` },
  );
  return id;
}

async function findPromotionCode(stripe: Stripe, typed: string): Promise<string> {
  const { data } = await stripe.promotionCodes.list({ code: typed, active: true, limit: 1 });
  const [found] = data;
  if (found) return found.id;
  throw new TenureFailure('refused', 'This promotion code does not exist or is no longer valid.', {
    reason: 'promotion-code-invalid',
    nextStep: 'Try another code, or order without one.',
  });
}

async function findSession(stripe: Stripe, customer: string): Promise<Stripe.Checkout.Session | undefined> {
  const { data } = await stripe.checkout.sessions.list({ customer, limit: 1 });
  return data[0];
}

interface SessionParts {
  customer: string;
  prices: StripePrices;
  promotionCode: string | null;
  automaticTax: boolean;
}

function sessionParams(order: CheckoutOrder, parts: SessionParts, nowMs: number): SessionParams {
  const { customer, prices, promotionCode, automaticTax } = parts;
  const { quantity } = order;
  return {
    mode: 'subscription',
    customer,
    client_reference_id: order.subscriptionId,
    line_items: [
      { price: prices.recurring, quantity },
      ...(prices.setup === null ? [] : [{ price: prices.setup, quantity }]),
    ],
    payment_method_types: order.price.currency === 'eur' ? ['card', 'sepa_debit'] : ['card'],
    ...(promotionCode === null
      ? { allow_promotion_codes: true }
      : { discounts: [{ promotion_code: promotionCode }] }),
    ...taxParams(automaticTax),
    locale: order.language,
    expires_at: expiresAt(order.expiresAt, nowMs),
    metadata: orderMetadata(order),
    subscription_data: { metadata: orderMetadata(order) },
    success_url: order.successUrl,
    cancel_url: order.cancelUrl,
  };
}

/** With Stripe Tax the buyer gives an address and, as a business, a tax id; both are kept for the renewals. */
function taxParams(automaticTax: boolean): Partial<Stripe.Checkout.SessionCreateParams> {
  if (!automaticTax) return { billing_address_collection: 'auto' };
  return {
    automatic_tax: { enabled: true },
    tax_id_collection: { enabled: true },
    billing_address_collection: 'required',
    customer_update: { address: 'auto', name: 'auto' },
  };
}

/** Stripe takes 30 minutes to 24 hours from now; unix seconds. */
function expiresAt(wanted: string, nowMs: number): number {
  const now = Math.floor(nowMs / 1_000);
  const earliest = now + SHORTEST_SECONDS + MARGIN_SECONDS;
  const latest = now + LONGEST_SECONDS - MARGIN_SECONDS;
  return Math.min(latest, Math.max(earliest, Math.floor(Date.parse(wanted) / 1_000)));
}

function orderMetadata({ tenantId, subscriptionId }: CheckoutOrder): Record<string, string> {
  return { [METADATA.tenant]: tenantId, [METADATA.subscription]: subscriptionId };
}

function asCheckout(session: Stripe.Checkout.Session, customerRef: string, order: CheckoutOrder): Checkout {
  if (session.status === 'expired') {
    throw new TenureFailure('refused', 'The checkout of this order has expired.', {
      reason: 'checkout-expired',
      nextStep: 'Place a new order.',
      upstream: session.id,
    });
  }
  // A completed session has no page any more: the buyer goes on as if they had just paid.
  const done = order.successUrl.replaceAll('{CHECKOUT_SESSION_ID}', session.id);
  return { checkoutRef: session.id, customerRef, url: session.url ?? done };
}
