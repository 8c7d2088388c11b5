import { invalidRequest } from '../wire/errors.ts';
import type { CheckoutLine } from '../objects/checkout-session.ts';
import { redeemable, redeemableCoupon } from '../money/discounts.ts';
import type { Tx } from '../world/tx.ts';
import type { SessionParams } from './checkout.ts';

/** From this version on the parameter has its new name, and the old one is unknown. */
const RENAMED_METHOD_TYPES = '2026-09-30';

const SHORTEST_SECONDS = 30 * 60;
const LONGEST_SECONDS = 24 * 3_600;

/**
 * What Stripe refuses although each parameter alone would do.
 *
 * @throws ApiError 400 naming the parameter.
 */
export function checkSessionRules(
  tx: Tx,
  params: SessionParams,
  lines: CheckoutLine[],
  version: string,
): void {
  checkMethodTypes(params, version, lines[0]?.currency);
  checkLines(lines);
  checkExpiry(params.expires_at, tx.now);
  checkCustomer(tx, params);
  checkDiscounts(tx, params, lines);
}

function checkMethodTypes(params: SessionParams, version: string, currency: string | undefined): void {
  const renamed = version.slice(0, 10) >= RENAMED_METHOD_TYPES;
  const unknown = renamed ? ('payment_method_types' as const) : ('allowed_payment_method_types' as const);
  if (params[unknown] !== undefined) {
    throw invalidRequest(`Received unknown parameter: ${unknown}`, unknown, 'parameter_unknown');
  }
  const types = params.payment_method_types ?? params.allowed_payment_method_types ?? [];
  if (types.includes('sepa_debit') && currency !== 'eur') {
    throw invalidRequest(
      `The payment method type provided: sepa_debit is invalid for the currency provided: ${String(currency)}.`,
      'payment_method_types',
    );
  }
}

function checkLines(lines: CheckoutLine[]): void {
  const recurring = lines.filter(({ price }) => price.recurring !== null);
  if (recurring.length === 0) {
    throw invalidRequest(
      'You must provide at least one recurring price in `subscription` mode.',
      'line_items',
    );
  }
  const rhythms = new Set(
    recurring.map(({ price }) => `${price.recurring?.interval_count} ${price.recurring?.interval}`),
  );
  if (rhythms.size > 1) {
    throw invalidRequest(
      'All recurring prices of a Checkout Session must have the same interval.',
      'line_items',
    );
  }
  if (new Set(lines.map(({ currency }) => currency)).size > 1) {
    throw invalidRequest('All prices of a Checkout Session must have the same currency.', 'line_items');
  }
}

function checkExpiry(expiresAt: number | undefined, now: number): void {
  if (expiresAt === undefined) return;
  if (expiresAt < now + SHORTEST_SECONDS) {
    throw invalidRequest(
      'The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.',
      'expires_at',
    );
  }
  if (expiresAt > now + LONGEST_SECONDS) {
    throw invalidRequest(
      'The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.',
      'expires_at',
    );
  }
}

function checkCustomer(tx: Tx, params: SessionParams): void {
  const { customer, customer_email, customer_update, automatic_tax, tax_id_collection } = params;
  if (customer !== undefined && customer_email !== undefined) {
    throw invalidRequest(
      'You may only specify one of these parameters: customer, customer_email.',
      'customer',
    );
  }
  if (customer === undefined) {
    if (customer_update) {
      throw invalidRequest('`customer_update` can only be used with `customer`.', 'customer_update');
    }
    return;
  }
  const known = tx.need('customers', customer, 'customer', 'customer');
  if (automatic_tax?.enabled && !known.address?.country && customer_update?.address !== 'auto') {
    throw invalidRequest(
      "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the Customer or set `customer_update[address]` to 'auto'.",
      'automatic_tax',
      'customer_tax_location_invalid',
    );
  }
  if (tax_id_collection?.enabled && customer_update?.name !== 'auto') {
    throw invalidRequest(
      'Tax ID collection requires updating business name on the customer. Please set `customer_update[name]` to `auto`.',
      'tax_id_collection',
    );
  }
}

function checkDiscounts(
  tx: Tx,
  { discounts, allow_promotion_codes, customer }: SessionParams,
  lines: CheckoutLine[],
): void {
  if (discounts !== undefined && allow_promotion_codes !== undefined) {
    throw invalidRequest(
      'You may only specify one of these parameters: allow_promotion_codes, discounts.',
      'allow_promotion_codes',
    );
  }
  const [discount] = discounts ?? [];
  if (!discount) return;
  if ((discount.coupon === undefined) === (discount.promotion_code === undefined)) {
    throw invalidRequest('You must specify either a coupon or a promotion_code.', 'discounts[0]');
  }
  const currency = lines[0]?.currency ?? 'usd';
  if (discount.promotion_code === undefined)
    return void redeemableCoupon(tx, discount.coupon ?? '', currency);
  const code = tx.need(
    'promotionCodes',
    discount.promotion_code,
    'promotion code',
    'discounts[0][promotion_code]',
  );
  const subtotal = lines.reduce((sum, { price, quantity }) => sum + price.unit_amount * quantity, 0);
  redeemable(tx, code, { customer: customer ?? '', currency, subtotal });
}
