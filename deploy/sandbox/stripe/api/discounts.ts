import { z } from 'zod';
import { invalidRequest } from '../wire/errors.ts';
import { endpoint, type Endpoint } from '../wire/endpoint.ts';
import { page } from '../wire/lists.ts';
import {
  currency,
  decimal,
  flag,
  integer,
  listParams,
  mergeMetadata,
  metadata,
  text,
} from '../wire/params.ts';
import { newCoupon, newPromotionCode, type PromotionCode } from '../objects/catalog.ts';

const restrictions = z.strictObject({
  first_time_transaction: flag().optional(),
  minimum_amount: integer().optional(),
  minimum_amount_currency: currency().optional(),
});

export const discountEndpoints: Endpoint[] = [
  endpoint(
    'post',
    '/coupons',
    {
      id: text(200).optional(),
      name: text(40).optional(),
      percent_off: decimal()
        .refine((value) => value > 0 && value <= 100, 'must be above 0 and at most 100')
        .optional(),
      amount_off: integer()
        .refine((value) => value > 0, 'must be above 0')
        .optional(),
      currency: currency().optional(),
      duration: z.enum(['forever', 'once', 'repeating']).optional(),
      duration_in_months: integer().optional(),
      max_redemptions: integer().optional(),
      redeem_by: integer().optional(),
      metadata: metadata().optional(),
    },
    ({ metadata: given, duration = 'once', ...params }, { tx }) => {
      if ((params.percent_off === undefined) === (params.amount_off === undefined)) {
        throw invalidRequest(
          'You must pass either percent_off or amount_off.',
          'percent_off',
          'parameter_missing',
        );
      }
      if (params.amount_off !== undefined && params.currency === undefined) {
        throw invalidRequest(
          'You must pass currency when passing amount_off.',
          'currency',
          'parameter_missing',
        );
      }
      if ((duration === 'repeating') !== (params.duration_in_months !== undefined)) {
        throw invalidRequest(
          'duration_in_months goes with duration=repeating, and only with it.',
          'duration_in_months',
        );
      }
      if (params.id !== undefined && tx.get('coupons', params.id)) {
        throw invalidRequest('Coupon already exists.', 'id', 'resource_already_exists');
      }
      const coupon = newCoupon(
        {
          id: params.id,
          name: params.name,
          percentOff: params.percent_off,
          amountOff: params.amount_off,
          currency: params.currency,
          duration,
          durationInMonths: params.duration_in_months,
          maxRedemptions: params.max_redemptions,
          redeemBy: params.redeem_by,
          metadata: mergeMetadata({}, given),
        },
        tx.now,
      );
      tx.put('coupons', coupon.id, coupon);
      tx.emit('coupon.created', coupon);
      return coupon;
    },
  ),
  endpoint('get', '/coupons', listParams, (list, { tx }) => page(tx.all('coupons'), list, '/v1/coupons')),
  endpoint('get', '/coupons/:id', {}, (_params, { tx, id }) => tx.need('coupons', id, 'coupon')),
  endpoint(
    'post',
    '/promotion_codes',
    {
      promotion: z.strictObject({ type: z.enum(['coupon']), coupon: text() }),
      code: text(500).optional(),
      active: flag().optional(),
      customer: text().optional(),
      expires_at: integer().optional(),
      max_redemptions: integer().optional(),
      restrictions: restrictions.optional(),
      metadata: metadata().optional(),
    },
    ({ promotion, code, restrictions: limits = {}, metadata: given, ...params }, { tx }) => {
      tx.need('coupons', promotion.coupon, 'coupon', 'promotion[coupon]');
      if (params.customer !== undefined) tx.need('customers', params.customer, 'customer', 'customer');
      if (code !== undefined && !/^[A-Za-z0-9-]+$/.test(code)) {
        throw invalidRequest('Promotion codes may only contain letters, digits and dashes.', 'code');
      }
      const isTaken = (other: Readonly<PromotionCode>): boolean =>
        other.active && other.code.toUpperCase() === code?.toUpperCase();
      if (tx.all('promotionCodes').some(isTaken)) {
        throw invalidRequest(
          'An active promotion code with `code: ' + String(code) + '` already exists.',
          'code',
        );
      }
      const promotionCode = newPromotionCode(
        {
          code,
          coupon: promotion.coupon,
          active: params.active,
          customer: params.customer,
          expiresAt: params.expires_at,
          maxRedemptions: params.max_redemptions,
          minimumAmount: limits.minimum_amount,
          minimumAmountCurrency: limits.minimum_amount_currency,
          firstTimeTransaction: limits.first_time_transaction,
          metadata: mergeMetadata({}, given),
        },
        tx.now,
      );
      tx.put('promotionCodes', promotionCode.id, promotionCode);
      tx.emit('promotion_code.created', promotionCode);
      return promotionCode;
    },
  ),
  endpoint(
    'get',
    '/promotion_codes',
    {
      ...listParams,
      active: flag().optional(),
      code: text(500).optional(),
      coupon: text().optional(),
      customer: text().optional(),
    },
    ({ active, code, coupon, customer, ...list }, { tx }) => {
      const wanted = (candidate: Readonly<PromotionCode>): boolean =>
        (active === undefined || candidate.active === active) &&
        (code === undefined || candidate.code.toUpperCase() === code.toUpperCase()) &&
        (coupon === undefined || candidate.promotion.coupon === coupon) &&
        (customer === undefined || candidate.customer === customer);
      return page(tx.all('promotionCodes').filter(wanted), list, '/v1/promotion_codes');
    },
  ),
  endpoint('get', '/promotion_codes/:id', {}, (_params, { tx, id }) =>
    tx.need('promotionCodes', id, 'promotion code'),
  ),
  endpoint(
    'post',
    '/promotion_codes/:id',
    { active: flag().optional(), metadata: metadata().optional() },
    (params, { tx, id }) => {
      tx.need('promotionCodes', id, 'promotion code');
      const code = tx.edit('promotionCodes', id);
      code.active = params.active ?? code.active;
      code.metadata = mergeMetadata(code.metadata, params.metadata);
      tx.emit('promotion_code.updated', code, {});
      return code;
    },
  ),
];
