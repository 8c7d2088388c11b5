import assert from 'node:assert/strict';
import { createPace } from '../../../activities/http/pace.ts';

describe('pacing', () => {
  it('never lets through more than the burst and the quota, in whatever span of time', async () => {
    const perSecond = 200;
    const untilMyTurn = createPace(perSecond);
    const at: number[] = [];
    await Promise.all(
      Array.from({ length: 240 }, async () => {
        await untilMyTurn();
        at.push(performance.now());
      }),
    );
    const burst = perSecond / 2;
    for (const [first, start] of at.entries()) {
      for (let last = first + burst; last < at.length; last += 1) {
        const spanMs = (at[last] ?? 0) - start;
        const passed = last - first + 1;
        // Timers may be early by a millisecond.
        assert.ok(passed <= burst + ((spanMs + 2) * perSecond) / 1_000 + 1, `${passed} in ${spanMs} ms`);
      }
    }
  });

  it('keeps the order', async () => {
    const untilMyTurn = createPace(100);
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 80 }, async (_each, index) => {
        await untilMyTurn();
        order.push(index);
      }),
    );
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
    );
  });
});
