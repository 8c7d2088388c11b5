import { DateTime } from 'luxon';
import type { Price } from '../objects/catalog.ts';

/**
 * The end of the billing period that begins at `start`: whole intervals counted from the anchor, so that a
 * subscription of the 31st is back on the 31st after February.
 *
 * @param anchor the first period's start; all instants are unix seconds.
 */
export function periodEnd(anchor: number, start: number, price: Pick<Price, 'recurring'>): number {
  if (!price.recurring) throw new Error('A price that is charged once has no period.');
  const { interval, interval_count: count } = price.recurring;
  const first = DateTime.fromSeconds(anchor, { zone: 'utc' });
  for (let periods = 1; ; periods += 1) {
    const end = first.plus({ [interval]: count * periods }).toUnixInteger();
    if (end > start) return end;
  }
}
