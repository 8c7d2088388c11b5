/** Updates and storms in the middle of business. See docs/chaos.md. */
import { rollingUpdates, throttleStorm } from '../scenarios/pressure.ts';
import { assertClean, FAULT_LIMIT_MS } from '../verdict.ts';

describe('when it is busy', function () {
  this.timeout(FAULT_LIMIT_MS);

  it('F2: workers are replaced under load; nobody notices', async () => {
    assertClean(await rollingUpdates({ times: 3, cohort: 8 }));
  });
  it('F8: everybody is asked to slow down', async () => {
    assertClean(await throttleStorm({ orders: 8, stormMs: 4_000 }));
  });
});
