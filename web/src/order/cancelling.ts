import type { OrderView } from '../../../schemas/api/shop.ts';

/** When a cancellation takes effect. */
export type When = 'period-end' | 'now';

/** What a cancellation does, as the page has words for it. */
export type Consequence = 'withdrawn' | 'refunded' | 'endsNow' | 'endsWithPeriod';

const DAY_MS = 86_400_000;

/** The moments to choose from: the period's end needs a paid, running period that is not ending already. */
export function momentsOf(order: OrderView): When[] {
  const running = order.stage === 'active' || order.stage === 'provisioning';
  return running && !order.cancelAtPeriodEnd && !order.attention ? ['period-end', 'now'] : ['now'];
}

export function consequenceOf(order: OrderView, when: When): Consequence {
  if (order.stage === 'awaiting-payment') return 'withdrawn';
  if (when === 'period-end') return 'endsWithPeriod';
  return order.stage === 'provisioning' ? 'refunded' : 'endsNow';
}

/**
 * When the data would be deleted, ISO 8601, counted from `now` (milliseconds since the epoch); `null` if the end of
 * the service is not known.
 */
export function deletionAt(order: OrderView, when: When, now: number): string | null {
  const end = when === 'now' ? now : order.periodEnd && Date.parse(order.periodEnd);
  if (!end) return null;
  return new Date(end + order.graceDays * DAY_MS).toISOString();
}
