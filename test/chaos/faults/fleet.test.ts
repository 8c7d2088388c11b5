/** Six providers at once, with faults and a killed worker; `npm run chaos -- --fleet 1000` makes more. See docs/chaos.md. */
import { creations } from '../scenarios/creations.ts';
import { assertClean, FAULT_LIMIT_MS, SEED } from '../verdict.ts';

describe('a fleet across six providers', function () {
  this.timeout(FAULT_LIMIT_MS);

  it('each customer gets one server that works, and nothing is left over', async () => {
    const size = { creations: 24, kills: 1, faultShare: 0.25, deadlineMinutes: 1.2 };
    assertClean((await creations({ ...size, seed: SEED })).verdict);
  });
});
