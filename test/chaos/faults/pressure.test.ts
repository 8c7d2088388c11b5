/** Updates, storms and bad links in the middle of business. See docs/chaos.md. */
import { badLinks } from '../scenarios/bad-links.ts';
import { rollingUpdates, sharedQuota, throttleStorm } from '../scenarios/pressure.ts';
import { assertClean, FAULT_LIMIT_MS } from '../verdict.ts';

describe('when it is busy', function () {
  this.timeout(FAULT_LIMIT_MS);

  it('F2: workers are replaced under load; nobody notices', async () => {
    assertClean(await rollingUpdates({ times: 3, cohort: 8 }));
  });
  it('F8: everybody is asked to slow down', async () => {
    assertClean(await throttleStorm({ orders: 8, stormMs: 4_000 }));
  });
  it('F8: two workers share one quota', async () => {
    assertClean(await sharedQuota({ workers: 2, orders: 10, perSecond: 20 }));
  });
  it('F9: links to everything are slow, dead without a word, narrow', async () => {
    assertClean(await badLinks({ faultMs: 3_000, purchases: 2, oneByOne: false }));
  });
});
