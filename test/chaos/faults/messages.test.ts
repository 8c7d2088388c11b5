/** Messages come twice, out of order, in floods, or cannot be read. See docs/chaos.md. */
import { poison } from '../scenarios/poison.ts';
import { signalFlood } from '../scenarios/signals.ts';
import { everyOrderOfEvents, repeatedWebhooks } from '../scenarios/webhooks.ts';
import { assertClean, FAULT_LIMIT_MS } from '../verdict.ts';

describe('when messages go wrong', function () {
  this.timeout(FAULT_LIMIT_MS);

  it('F5: every webhook arrives ten times at once and again later', async () => {
    assertClean(await repeatedWebhooks(4));
  });
  it('F6: four webhooks arrive in all 24 orders', async () => {
    assertClean(await everyOrderOfEvents());
  });
  it('F14: a thousand signals come while the worker dies', async () => {
    assertClean(await signalFlood(1_000));
  });
  it('F15: nobody can read what comes, and business goes on', async () => {
    assertClean(await poison());
  });
});
