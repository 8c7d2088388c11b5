import assert from 'node:assert/strict';
import { createSharedPace } from '../../../activities/http/shared-pace.ts';

describe('a shared pace', () => {
  /** Turns that come only when the test says so. */
  function dealer() {
    const asked: number[] = [];
    let deal: (() => void) | undefined;
    return {
      asked,
      take: (count: number) => {
        asked.push(count);
        return new Promise<number[]>((resolve) => {
          deal = () => resolve(Array.from({ length: count }, () => 0));
        });
      },
      deal: async () => {
        deal?.();
        await new Promise((resolve) => setImmediate(resolve));
      },
    };
  }

  it('gives each turn to the most urgent who waits when it comes, and takes few at a time', async () => {
    const { asked, take, deal } = dealer();
    let urgency = 3;
    const untilMyTurn = createSharedPace({
      take,
      alone: () => Promise.resolve(),
      urgency: () => urgency,
      atOnce: 2,
    });
    const served: string[] = [];
    const come = (name: string, level: number): void => {
      urgency = level;
      void untilMyTurn().then(() => served.push(name));
    };
    come('bulk', 5);
    come('first usual', 3);
    come('second usual', 3);
    come('checkout', 1);
    // It was asked for when only the first was there.
    await deal();
    assert.deepEqual(served, ['checkout']);
    come('another checkout', 1);
    await deal();
    await deal();
    assert.deepEqual(served, ['checkout', 'another checkout', 'first usual', 'second usual', 'bulk']);
    assert.deepEqual(asked, [1, 2, 2]);
  });

  it('keeps to the pace of its own while there are no turns to be had', async () => {
    let paced = 0;
    const untilMyTurn = createSharedPace({
      take: () => Promise.reject(new Error('The database is away.')),
      alone: () => {
        paced += 1;
        return Promise.resolve();
      },
      urgency: () => 3,
      atOnce: 5,
    });
    await Promise.all([untilMyTurn(), untilMyTurn()]);
    assert.equal(paced, 2);
  });
});
