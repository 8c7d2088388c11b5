/** Processes die; `npm run chaos` lets them die for longer. See docs/chaos.md. */
import { failingCompensation } from '../scenarios/compensation.ts';
import { lostAnswers } from '../scenarios/lost-answers.ts';
import { postgresCrash, temporalCrash } from '../scenarios/outages.ts';
import { crashAtEveryBoundary, crashAtRandom } from '../scenarios/worker-crash.ts';
import { assertClean, FAULT_LIMIT_MS, SEED } from '../verdict.ts';

describe('when something dies', function () {
  this.timeout(FAULT_LIMIT_MS);

  it('F1: the worker dies at every boundary of provisioning and teardown', async () => {
    assertClean(await crashAtEveryBoundary());
  });
  it('F1: the worker dies at random moments of a hundred subscriptions', async () => {
    assertClean(await crashAtRandom({ subscriptions: 100, seed: SEED }));
  });
  it('F3: Temporal dies; no order is lost', async () => {
    assertClean(await temporalCrash({ purchases: 5, downMs: 1_000, times: 2 }));
  });
  it('F4: Postgres stops at once, again and again; no acknowledged webhook is lost', async () => {
    assertClean(await postgresCrash({ purchases: 3, downMs: 300, times: 4 }));
  });
  it('F7: every mutating call loses its answer', async () => {
    assertClean(await lostAnswers(4));
  });
  it('F10: undoing fails at every step', async () => {
    assertClean(await failingCompensation());
  });
});
