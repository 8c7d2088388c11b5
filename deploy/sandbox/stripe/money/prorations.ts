/**
 * Prorations, by the second: the unused time on what was, as a credit, and the remaining time on what is. Each is rounded by
 * itself, and a discount in force is in it already (https://docs.stripe.com/billing/subscriptions/prorations).
 */
import type { Price } from '../objects/catalog.ts';
import { newProration, type InvoiceItem } from '../objects/invoice-item.ts';
import type { Subscription, SubscriptionItem } from '../objects/subscription.ts';
import type { Tx } from '../world/tx.ts';
import { priceLines, type Reduction } from './amounts.ts';
import { discountsInForce, reductionOf } from './discounts.ts';
import { nameOf } from './lines.ts';

/** What a subscription's item asks for: a price, so many times. */
export interface Wanted {
  price: Price;
  quantity: number;
}

/**
 * What is left of a period's price from `at` on, minor units.
 *
 * @param period all instants are unix seconds.
 */
export function prorated(
  { price, quantity }: { price: Pick<Price, 'unit_amount'>; quantity: number },
  period: { start: number; end: number },
  at: number,
  reduction: Reduction | null,
): number {
  const whole = priceLines([price.unit_amount * quantity], reduction, 0).total;
  return Math.round((whole * (period.end - at)) / (period.end - period.start));
}

/** The two invoice items of a change at `at`; none is kept yet. */
export function prorationsOf(
  tx: Tx,
  subscription: Readonly<Subscription>,
  { item, to, at }: { item: Readonly<SubscriptionItem>; to: Wanted; at: number },
): InvoiceItem[] {
  const [applied] = discountsInForce(tx, subscription.discounts, at);
  const reduction = applied ? reductionOf(applied.coupon) : null;
  const period = { start: item.current_period_start, end: item.current_period_end };
  const part = (what: Wanted, sign: 1 | -1, words: string): InvoiceItem =>
    newProration(
      {
        customer: subscription.customer,
        subscription: subscription.id,
        subscriptionItem: item.id,
        ...what,
        amount: sign * prorated(what, period, at, reduction),
        description: `${words} ${nameOf(tx, what.price)} after ${dayOf(at)}`,
        period: { start: at, end: period.end },
      },
      tx.now,
    );
  return [part(item, -1, 'Unused time on'), part(to, 1, 'Remaining time on')];
}

function dayOf(unixSeconds: number): string {
  const options = { day: '2-digit', month: 'short', year: 'numeric', timeZone: 'UTC' } as const;
  return new Date(unixSeconds * 1_000).toLocaleDateString('en-GB', options);
}
