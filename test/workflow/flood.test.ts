import assert from 'node:assert/strict';
import { sharedTemporal } from '../harness/stack.ts';
import { openHouseAt } from './grounds.ts';
import type { House } from './house.ts';

const BURSTS = 40;
const PER_BURST = 250;

describe('ten thousand messages about one subscription', function () {
  this.timeout(180_000);
  let house: House;
  before(async () => {
    house = await openHouseAt((await sharedTemporal()).current.address);
  });
  after(() => house.close());

  it('are all heard, over several renewals of its history', async () => {
    const story = await house.order();
    await story.goesLive();
    let { version } = story.world.billing;
    const runs = new Set<string>();
    for (let burst = 1; burst <= BURSTS; burst += 1) {
      const changes = Array.from({ length: PER_BURST }, () => ({ version: (version += 1), periodEnd: null }));
      await Promise.all(changes.map((change) => story.tell({ ...change, standing: 'paid' })));
      assert.equal(await story.handle.query('messages-seen'), 1 + burst * PER_BURST);
      runs.add((await story.handle.describe()).runId);
    }
    assert.ok(runs.size >= 3, `renewed ${runs.size - 1} times`);
    assert.equal((await story.status()).stage, 'active');
    await story.insist('cancel', { when: 'now' });
    await story.reaches('cancelling');
  });
});
