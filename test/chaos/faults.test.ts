/** The fault table in short; `npm run chaos` runs the same for long. See docs/chaos.md. */
import { failingCompensation } from './scenarios/compensation.ts';
import { lostAnswers } from './scenarios/lost-answers.ts';
import { postgresCrash, temporalCrash } from './scenarios/outages.ts';
import { signalFlood } from './scenarios/signals.ts';
import { everyOrderOfEvents, repeatedWebhooks } from './scenarios/webhooks.ts';
import { crashAtEveryBoundary, crashAtRandom } from './scenarios/worker-crash.ts';
import { assertClean } from './verdict.ts';

const SEED = Number(process.env.CHAOS_SEED ?? 1);

describe('when things go wrong', function () {
  this.timeout(400_000);

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
  it('F5: every webhook arrives ten times at once and again later', async () => {
    assertClean(await repeatedWebhooks(4));
  });
  it('F6: four webhooks arrive in all 24 orders', async () => {
    assertClean(await everyOrderOfEvents());
  });
  it('F7: every mutating call loses its answer', async () => {
    assertClean(await lostAnswers(4));
  });
  it('F10: undoing fails at every step', async () => {
    assertClean(await failingCompensation());
  });
  it('F14: a thousand signals come while the worker dies', async () => {
    assertClean(await signalFlood(1_000));
  });
});
