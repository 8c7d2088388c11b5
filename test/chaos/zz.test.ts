import { crashAtEveryBoundary, crashAtRandom } from './scenarios/worker-crash.ts';
import { assertClean } from './verdict.ts';
describe('zz', function () {
  this.timeout(400_000);
  it('boundaries', async () => assertClean(await crashAtEveryBoundary()));
  it('random', async () => assertClean(await crashAtRandom({ subscriptions: 100, seed: 1 })));
});
