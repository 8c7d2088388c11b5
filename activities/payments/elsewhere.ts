/**
 * Billing by others: somebody else sends the bills, and only our own books say how it stands. Nobody is suspended for want of payment,
 * and nothing is charged, refunded or ended at the payment provider.
 */
import { DateTime } from 'luxon';
import type { EntityManager } from 'typeorm';
import type { BillingInterval } from '../../schemas/catalog/plan.ts';
import { Subscriptions, type Subscription } from '../../schemas/db/entities/subscription.ts';
import type { BilledElsewhere } from '../../schemas/subscriptions/billed.ts';
import type { BillingFacts } from './port.ts';

/** How it stands, by our books. `null` if the payment provider bills it. */
export function factsElsewhere(row: Subscription, now: Date): BillingFacts | null {
  const { billedElsewhere: books, periodEnd, interval, paidMinor } = row;
  if (books === null) return null;
  // Once its end is decided, the period does not move on any more.
  const end = periodEnd && books === 'running' ? periodAt(periodEnd, interval, now) : periodEnd;
  return {
    standing: books === 'ended' ? 'ended' : 'paid',
    billingRef: null,
    periodEnd: end?.toISOString() ?? null,
    endsAtPeriodEnd: books === 'ending',
    paidMinor,
    price: null,
    declineReason: null,
  };
}

/** Writes down how it goes on; others have to be told by people. */
export async function noteElsewhere(
  tx: EntityManager,
  subscriptionId: string,
  billedElsewhere: BilledElsewhere,
): Promise<void> {
  const subscriptions = tx.getRepository(Subscriptions);
  const row = await subscriptions.findOneByOrFail({ id: subscriptionId });
  const current = factsElsewhere(row, new Date());
  const periodEnd = current?.periodEnd == null ? row.periodEnd : new Date(current.periodEnd);
  await subscriptions.update({ id: subscriptionId }, { billedElsewhere, periodEnd, updatedAt: new Date() });
}

/** The end of the period that `now` is in: the known one, or as many intervals later as have passed since. */
export function periodAt(knownEnd: Date, interval: BillingInterval, now: Date): Date {
  const first = DateTime.fromJSDate(knownEnd, { zone: 'utc' });
  const unit = interval === 'year' ? 'years' : 'months';
  const passed = Math.floor(DateTime.fromJSDate(now, { zone: 'utc' }).diff(first, unit).as(unit));
  for (let count = Math.max(0, passed); ; count += 1) {
    // Counted from the first: the 31st comes back after a short month.
    const end = first.plus({ [unit]: count });
    if (end.toMillis() > now.getTime()) return end.toJSDate();
  }
}
