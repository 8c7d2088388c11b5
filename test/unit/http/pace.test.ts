import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createPace } from '../../../activities/http/pace.ts';

/** When each of the calls that come at these times may go, on a clock of our own. */
async function departures(perSecond: number, arrivalsMs: number[]): Promise<number[]> {
  let nowMs = 0;
  let waitMs = 0;
  const untilMyTurn = createPace(perSecond, {
    nowMs: () => nowMs,
    wait: (ms) => {
      waitMs = ms;
      return Promise.resolve();
    },
  });
  const at: number[] = [];
  for (const arrivalMs of arrivalsMs) {
    nowMs = arrivalMs;
    waitMs = 0;
    await untilMyTurn();
    at.push(nowMs + waitMs);
  }
  return at;
}

const quotas = fc.constantFrom(0.1, 1, 2, 7, 20, 30, 1_000);
const gaps = fc.array(fc.oneof(fc.constant(0), fc.nat(100), fc.nat(3_000)), { minLength: 1, maxLength: 200 });

describe('pacing', () => {
  it('lets no second see more than half as much again as the quota, whatever comes, and keeps the order', async () => {
    await fc.assert(
      fc.asyncProperty(quotas, gaps, async (perSecond, gapsMs) => {
        let sumMs = 0;
        const at = await departures(
          perSecond,
          gapsMs.map((gapMs) => (sumMs += gapMs)),
        );
        const most = Math.max(1, Math.ceil(perSecond * 1.5));
        for (const [index, departure] of at.entries()) {
          assert.ok(departure >= (at[index - 1] ?? 0));
          const afterMost = at[index + most];
          // Sums of fractions are off by less than a microsecond.
          if (afterMost !== undefined)
            assert.ok(afterMost - departure > 1_000 - 0.001, `${index}: ${at.join()}`);
        }
      }),
    );
  });

  it('holds nobody back who comes alone', async () => {
    const arrivals = [0, 400, 800, 1_200];
    assert.deepEqual(await departures(20, arrivals), arrivals);
  });
});
