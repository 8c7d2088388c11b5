import assert from 'node:assert/strict';
import { bench } from '../../bench/run.ts';

describe('the benchmark', function () {
  this.timeout(180_000);

  it('counts no more history events than a life and a resting month may have', async () => {
    const { findings } = await bench({ parts: ['r1', 'month'], pairs: 1, quick: true }, () => undefined);
    assert.deepEqual(
      findings.map(({ id }) => id),
      ['R1', 'R1 a', 'R1 b', 'month'],
    );
    for (const { id, value, goal, detail } of findings) {
      assert.ok(
        value !== null && goal.isMet(value),
        `${id} is ${value}, the goal is ${goal.text} (${detail})`,
      );
    }
  });
});
