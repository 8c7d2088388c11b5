import { DateTime } from 'luxon';
import { invalidRequest } from '../wire/errors.ts';
import { newDiscount, type Coupon, type Discount, type PromotionCode } from '../objects/catalog.ts';
import type { Tx } from '../world/tx.ts';
import type { Reduction } from './amounts.ts';

/** A coupon about to be redeemed, with the code that names it, if one does. */
export interface Redeemable {
  coupon: Readonly<Coupon>;
  promotionCode: Readonly<PromotionCode> | null;
}

export interface RedeemFor {
  customer: string;
  currency: string;
  /** Before discounts, minor units. */
  subtotal: number;
}

/** Finds an active promotion code as a buyer types it; letter case does not matter. */
export function findPromotionCode(tx: Tx, typed: string): Readonly<PromotionCode> | undefined {
  const wanted = typed.trim().toUpperCase();
  return tx.all('promotionCodes').find((code) => code.active && code.code.toUpperCase() === wanted);
}

/**
 * Checks that a promotion code may be used for this purchase.
 *
 * @throws ApiError 400 saying why not.
 */
export function redeemable(tx: Tx, code: Readonly<PromotionCode>, purchase: RedeemFor): Redeemable {
  const { customer, restrictions, max_redemptions, expires_at } = code;
  const used = max_redemptions !== null && code.times_redeemed >= max_redemptions;
  const expired = expires_at !== null && expires_at <= tx.now;
  const forSomeoneElse = customer !== null && customer !== purchase.customer;
  const tooLittle =
    restrictions.minimum_amount !== null &&
    (restrictions.minimum_amount_currency !== purchase.currency ||
      purchase.subtotal < restrictions.minimum_amount);
  const notFirst =
    restrictions.first_time_transaction &&
    tx
      .all('charges')
      .some((charge) => charge.customer === purchase.customer && charge.status === 'succeeded');
  if (!code.active || used || expired || forSomeoneElse || tooLittle || notFirst) {
    throw invalidRequest(
      'This promotion code cannot be redeemed.',
      'discounts[0][promotion_code]',
      'promotion_code_invalid',
    );
  }
  return { coupon: redeemableCoupon(tx, code.promotion.coupon, purchase.currency), promotionCode: code };
}

/** Checks that a coupon may be used. @throws ApiError 400 saying why not. */
export function redeemableCoupon(tx: Tx, id: string, currency: string): Readonly<Coupon> {
  const coupon = tx.need('coupons', id, 'coupon', 'discounts[0][coupon]');
  const used = coupon.max_redemptions !== null && coupon.times_redeemed >= coupon.max_redemptions;
  const expired = coupon.redeem_by !== null && coupon.redeem_by <= tx.now;
  if (!coupon.valid || used || expired) {
    throw invalidRequest('This coupon has expired or was used up.', 'discounts[0][coupon]', 'coupon_expired');
  }
  if (coupon.amount_off !== null && coupon.currency !== currency) {
    throw invalidRequest(
      `This coupon is in ${String(coupon.currency)}, not in ${currency}.`,
      'discounts[0][coupon]',
    );
  }
  return coupon;
}

/** What a coupon takes off. */
export function reductionOf(coupon: Readonly<Coupon>): Reduction {
  return coupon.percent_off !== null
    ? { percentOff: coupon.percent_off }
    : { amountOff: coupon.amount_off ?? 0 };
}

/** Uses a coupon up for a subscription, and counts it. */
export function redeem(
  tx: Tx,
  { coupon, promotionCode }: Redeemable,
  purchase: { customer: string; subscription: string; checkoutSession: string | null },
): Discount {
  const edited = tx.edit('coupons', coupon.id);
  edited.times_redeemed += 1;
  edited.valid = edited.max_redemptions === null || edited.times_redeemed < edited.max_redemptions;
  if (promotionCode) tx.edit('promotionCodes', promotionCode.id).times_redeemed += 1;
  const discount = newDiscount(
    {
      ...purchase,
      coupon: coupon.id,
      promotionCode: promotionCode?.id ?? null,
      end: endOf(coupon, tx.now),
    },
    tx.now,
  );
  tx.put('discounts', discount.id, discount);
  return discount;
}

/** The discounts of a subscription that still apply to an invoice made at `at` (unix seconds), with their coupon. */
export function discountsInForce(
  tx: Tx,
  ids: string[],
  at: number,
): { discount: Readonly<Discount>; coupon: Readonly<Coupon> }[] {
  return ids
    .map((id) => tx.need('discounts', id, 'discount'))
    .filter((discount) => discount.end === null || at < discount.end)
    .map((discount) => ({ discount, coupon: tx.need('coupons', discount.source.coupon, 'coupon') }));
}

function endOf(coupon: Readonly<Coupon>, now: number): number | null {
  if (coupon.duration !== 'repeating') return null;
  return DateTime.fromSeconds(now, { zone: 'utc' })
    .plus({ months: coupon.duration_in_months ?? 1 })
    .toUnixInteger();
}
