import assert from 'node:assert/strict';
import { factsElsewhere, periodAt } from '../../../activities/payments/elsewhere.ts';
import type { Subscription } from '../../../schemas/db/entities/subscription.ts';

const at = (instant: string): Date => new Date(instant);

describe('billing by others', () => {
  it('is paid until the end of the period that we are in, counted from the one that is known', () => {
    const cases: [known: string, interval: 'month' | 'year', now: string, end: string][] = [
      ['2026-03-15T10:00:00Z', 'month', '2026-03-01T00:00:00Z', '2026-03-15T10:00:00.000Z'],
      ['2026-03-15T10:00:00Z', 'month', '2026-03-15T10:00:00Z', '2026-04-15T10:00:00.000Z'],
      ['2026-03-15T10:00:00Z', 'month', '2027-01-01T00:00:00Z', '2027-01-15T10:00:00.000Z'],
      ['2026-01-31T00:00:00Z', 'month', '2026-02-15T00:00:00Z', '2026-02-28T00:00:00.000Z'],
      ['2026-01-31T00:00:00Z', 'month', '2026-03-01T00:00:00Z', '2026-03-31T00:00:00.000Z'],
      ['2024-02-29T00:00:00Z', 'year', '2026-06-01T00:00:00Z', '2027-02-28T00:00:00.000Z'],
    ];
    for (const [known, interval, now, end] of cases) {
      assert.equal(periodAt(at(known), interval, at(now)).toISOString(), end, `${known} at ${now}`);
    }
  });

  it('is never overdue, and does not move on once its end is decided', () => {
    const row = {
      billedElsewhere: 'running',
      periodEnd: at('2026-03-15T10:00:00Z'),
      interval: 'month',
      paidMinor: 0,
    } as Subscription;
    const now = at('2026-08-01T00:00:00Z');
    const running = factsElsewhere(row, now);
    assert.deepEqual([running?.standing, running?.periodEnd], ['paid', '2026-08-15T10:00:00.000Z']);
    const ending = factsElsewhere({ ...row, billedElsewhere: 'ending' }, now);
    assert.deepEqual(
      [ending?.standing, ending?.periodEnd, ending?.endsAtPeriodEnd],
      ['paid', '2026-03-15T10:00:00.000Z', true],
    );
    assert.equal(factsElsewhere({ ...row, billedElsewhere: 'ended' }, now)?.standing, 'ended');
    assert.equal(factsElsewhere({ ...row, billedElsewhere: null }, now), null);
  });
});
