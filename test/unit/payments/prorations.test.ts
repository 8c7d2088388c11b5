import assert from 'node:assert/strict';
import fc from 'fast-check';
import { prorated } from '../../../deploy/sandbox/stripe/money/prorations.ts';

/** What is to be paid for the rest of a period, told in the simplest way: second by second, in exact fractions. */
function bySeconds(wholeMinor: bigint, seconds: { total: bigint; left: bigint }): bigint {
  const exactTwice = 2n * wholeMinor * seconds.left;
  // Rounded half up, in integers.
  return (exactTwice + seconds.total) / (2n * seconds.total);
}

const price = fc.integer({ min: 1, max: 10_000_00 });
const quantity = fc.integer({ min: 1, max: 100 });
const start = fc.integer({ min: 1_700_000_000, max: 1_900_000_000 });
const length = fc.integer({ min: 1, max: 366 * 86_400 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

const change = fc
  .record({ price, quantity, start, length, share })
  .map(({ start: from, length: seconds, share: passed, ...what }) => ({
    what: { price: { unit_amount: what.price }, quantity: what.quantity },
    period: { start: from, end: from + seconds },
    at: from + Math.floor(seconds * passed),
  }));

describe('prorations of the payment stand-in', () => {
  it('are what counting the seconds gives, to the cent', () => {
    fc.assert(
      fc.property(change, ({ what, period, at }) => {
        const whole = BigInt(what.price.unit_amount * what.quantity);
        const total = BigInt(period.end - period.start);
        const expected = bySeconds(whole, { total, left: BigInt(period.end - at) });
        assert.equal(BigInt(prorated(what, period, at, null)), expected);
      }),
    );
  });

  it('of a whole period are its price, and of none of it nothing', () => {
    fc.assert(
      fc.property(change, ({ what, period }) => {
        assert.equal(prorated(what, period, period.start, null), what.price.unit_amount * what.quantity);
        assert.equal(prorated(what, period, period.end, null), 0);
      }),
    );
  });

  it('become less by the second, and are never below zero for a dearer plan', () => {
    fc.assert(
      fc.property(change, price, ({ what, period, at }, more) => {
        const dearer = { ...what, price: { unit_amount: what.price.unit_amount + more } };
        const due = (instant: number): number =>
          prorated(dearer, period, instant, null) - prorated(what, period, instant, null);
        assert.ok(due(at) >= 0);
        // Two roundings, of which each may go the other way.
        assert.ok(due(Math.min(at + 1, period.end)) <= due(at) + 1);
      }),
    );
  });

  it('have the discount in them', () => {
    const period = { start: 0, end: 30 * 86_400 };
    const what = { price: { unit_amount: 3_000 }, quantity: 2 };
    assert.equal(prorated(what, period, 15 * 86_400, { percentOff: 50 }), 1_500);
    assert.equal(prorated(what, period, 15 * 86_400, { amountOff: 1_000 }), 2_500);
    assert.equal(prorated(what, period, 15 * 86_400, { amountOff: 9_000 }), 0);
  });
});
