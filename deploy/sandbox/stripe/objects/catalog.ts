import { newId } from '../wire/ids.ts';
import type { Metadata } from './common.ts';

export type Interval = 'day' | 'week' | 'month' | 'year';

export interface NewProduct {
  id?: string;
  name: string;
  description?: string | null;
  active?: boolean;
  taxCode?: string | null;
  unitLabel?: string | null;
  metadata: Metadata;
}

export type Product = ReturnType<typeof newProduct>;

export function newProduct(given: NewProduct, now: number) {
  return {
    id: given.id ?? newId('prod_'),
    object: 'product' as const,
    active: given.active ?? true,
    created: now,
    default_price: null,
    description: given.description ?? null,
    images: [] as string[],
    livemode: false,
    marketing_features: [] as { name: string }[],
    metadata: given.metadata,
    name: given.name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: given.taxCode ?? null,
    unit_label: given.unitLabel ?? null,
    updated: now,
    url: null,
  };
}

export interface NewPrice {
  product: string;
  currency: string;
  unitAmount: number;
  recurring: { interval: Interval; intervalCount: number } | null;
  lookupKey?: string | null;
  nickname?: string | null;
  active?: boolean;
  taxBehavior?: 'exclusive' | 'inclusive' | 'unspecified';
  metadata: Metadata;
}

export type Price = ReturnType<typeof newPrice>;

export function newPrice(given: NewPrice, now: number) {
  const recurring = given.recurring && {
    interval: given.recurring.interval,
    interval_count: given.recurring.intervalCount,
    meter: null,
    usage_type: 'licensed' as const,
  };
  return {
    id: newId('price_'),
    object: 'price' as const,
    active: given.active ?? true,
    billing_scheme: 'per_unit' as const,
    created: now,
    currency: given.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: given.lookupKey ?? null,
    metadata: given.metadata,
    nickname: given.nickname ?? null,
    product: given.product,
    recurring,
    tax_behavior: given.taxBehavior ?? ('unspecified' as const),
    tiers_mode: null,
    transform_quantity: null,
    type: recurring ? ('recurring' as const) : ('one_time' as const),
    unit_amount: given.unitAmount,
    unit_amount_decimal: String(given.unitAmount),
  };
}

export interface NewCoupon {
  id?: string;
  name?: string | null;
  percentOff?: number | null;
  amountOff?: number | null;
  currency?: string | null;
  duration: 'forever' | 'once' | 'repeating';
  durationInMonths?: number | null;
  maxRedemptions?: number | null;
  redeemBy?: number | null;
  metadata: Metadata;
}

export type Coupon = ReturnType<typeof newCoupon>;

export function newCoupon(given: NewCoupon, now: number) {
  return {
    id: given.id ?? newId('').slice(0, 8),
    object: 'coupon' as const,
    amount_off: given.amountOff ?? null,
    created: now,
    currency: given.currency ?? null,
    duration: given.duration,
    duration_in_months: given.durationInMonths ?? null,
    livemode: false,
    max_redemptions: given.maxRedemptions ?? null,
    metadata: given.metadata,
    name: given.name ?? null,
    percent_off: given.percentOff ?? null,
    redeem_by: given.redeemBy ?? null,
    times_redeemed: 0,
    valid: true,
  };
}

export interface NewPromotionCode {
  code?: string;
  coupon: string;
  active?: boolean;
  customer?: string | null;
  expiresAt?: number | null;
  maxRedemptions?: number | null;
  minimumAmount?: number | null;
  minimumAmountCurrency?: string | null;
  firstTimeTransaction?: boolean;
  metadata: Metadata;
}

export type PromotionCode = ReturnType<typeof newPromotionCode>;

export function newPromotionCode(given: NewPromotionCode, now: number) {
  return {
    id: newId('promo_'),
    object: 'promotion_code' as const,
    active: given.active ?? true,
    code: given.code ?? newId('').slice(0, 8).toUpperCase(),
    created: now,
    customer: given.customer ?? null,
    customer_account: null,
    expires_at: given.expiresAt ?? null,
    livemode: false,
    max_redemptions: given.maxRedemptions ?? null,
    metadata: given.metadata,
    promotion: { coupon: given.coupon, type: 'coupon' as const },
    restrictions: {
      first_time_transaction: given.firstTimeTransaction ?? false,
      minimum_amount: given.minimumAmount ?? null,
      minimum_amount_currency: given.minimumAmountCurrency ?? null,
    },
    times_redeemed: 0,
  };
}

export interface NewDiscount {
  coupon: string;
  promotionCode: string | null;
  customer: string;
  subscription: string;
  checkoutSession: string | null;
  /** When it stops to apply; null for as long as the subscription lives. */
  end: number | null;
}

export type Discount = ReturnType<typeof newDiscount>;

export function newDiscount(given: NewDiscount, now: number) {
  return {
    id: newId('di_'),
    object: 'discount' as const,
    checkout_session: given.checkoutSession,
    customer: given.customer,
    customer_account: null,
    end: given.end,
    invoice: null,
    invoice_item: null,
    promotion_code: given.promotionCode,
    source: { coupon: given.coupon, type: 'coupon' as const },
    start: now,
    subscription: given.subscription,
    subscription_item: null,
  };
}
