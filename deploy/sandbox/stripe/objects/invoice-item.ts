import { newId } from '../wire/ids.ts';
import type { Metadata } from './common.ts';
import type { Price } from './catalog.ts';

export interface NewProration {
  customer: string;
  subscription: string;
  subscriptionItem: string;
  price: Price;
  quantity: number;
  /** After discounts, minor units; below zero for unused time. */
  amount: number;
  description: string;
  /** From the change to the end of the period, unix seconds. */
  period: { start: number; end: number };
}

export type InvoiceItem = ReturnType<typeof newProration>;

/** What a change in the middle of a period costs or gives back, until an invoice takes it up. */
export function newProration(given: NewProration, now: number) {
  const { price, quantity, amount } = given;
  return {
    id: newId('ii_'),
    object: 'invoiceitem' as const,
    amount,
    currency: price.currency,
    customer: given.customer,
    customer_account: null,
    date: now,
    description: given.description,
    discountable: false,
    discounts: [] as string[],
    frozen_fields: [] as never[],
    invoice: null as string | null,
    livemode: false,
    metadata: {} as Metadata,
    net_amount: amount,
    parent: {
      subscription_details: {
        subscription: given.subscription,
        subscription_item: given.subscriptionItem,
      },
      type: 'subscription_details' as const,
    },
    period: given.period,
    pricing: {
      price_details: { price: price.id, product: price.product },
      type: 'price_details' as const,
      unit_amount_decimal: price.unit_amount_decimal,
    },
    proration: true,
    proration_details: { credited_items: null, discount_amounts: [] as never[] },
    quantity,
    quantity_decimal: String(quantity),
    tax_rates: [] as never[],
    test_clock: null,
  };
}
