/** Everything at once, for two minutes. See docs/chaos.md. */
import { nemesis } from '../scenarios/nemesis.ts';
import { assertClean, FAULT_LIMIT_MS, SEED } from '../verdict.ts';

describe('when everything goes wrong', function () {
  this.timeout(2 * FAULT_LIMIT_MS);

  it('F16: a nemesis breaks one thing after another for two minutes', async () => {
    assertClean(await nemesis({ minutes: 2, seed: SEED }));
  });
});
