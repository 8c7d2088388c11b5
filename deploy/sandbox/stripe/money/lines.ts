/** What stands on an invoice, before it is priced. */
import type { Price } from '../objects/catalog.ts';
import type { InvoiceItem } from '../objects/invoice-item.ts';
import type { InvoiceLine } from '../objects/invoice.ts';
import type { Subscription } from '../objects/subscription.ts';
import type { Tx } from '../world/tx.ts';
import { priceLines, type Reduction } from './amounts.ts';

/** What is charged once, besides the subscription's own items. */
export interface ExtraLine {
  price: Price;
  quantity: number;
}

/** A line whose amount is still to be found; a proration brings its own. */
export type UnpricedLine = Omit<InvoiceLine, 'subtotal' | 'discount' | 'tax'> & { amount?: number };

export function recurringLines(tx: Tx, subscription: Readonly<Subscription>): UnpricedLine[] {
  return subscription.items.data.map((item) => ({
    price: item.price,
    quantity: item.quantity,
    description: `${item.quantity} × ${nameOf(tx, item.price)}`,
    subscriptionItem: item.id,
    period: { start: item.current_period_start, end: item.current_period_end },
  }));
}

export function extraLine(tx: Tx, { price, quantity }: ExtraLine): UnpricedLine {
  return {
    price,
    quantity,
    description: nameOf(tx, price),
    subscriptionItem: null,
    period: { start: tx.now, end: tx.now },
  };
}

export function prorationLine(tx: Tx, item: Readonly<InvoiceItem>): UnpricedLine {
  return {
    price: tx.need('prices', item.pricing.price_details.price, 'price'),
    quantity: item.quantity,
    description: item.description,
    subscriptionItem: null,
    proration: item.id,
    period: item.period,
    amount: item.amount,
  };
}

/** Discounts are for what is not prorated: a proration has them in its amount. Taxes are for all. */
export function pricedLines(
  lines: UnpricedLine[],
  reduction: Reduction | null,
  taxPercent: number,
): InvoiceLine[] {
  const ordinary = lines.filter(({ amount }) => amount === undefined);
  const subtotals = ordinary.map(({ price, quantity }) => price.unit_amount * quantity);
  const sums = priceLines(subtotals, reduction, taxPercent).lines;
  return lines.map(({ amount, ...line }): InvoiceLine => {
    if (amount !== undefined) {
      return { ...line, subtotal: amount, discount: 0, tax: Math.round((amount * taxPercent) / 100) };
    }
    const { subtotal = 0, discount = 0, tax = 0 } = sums.shift() ?? {};
    return { ...line, subtotal, discount, tax };
  });
}

export function nameOf(tx: Tx, price: Price): string {
  return tx.get('products', price.product)?.name ?? price.product;
}
