import { cpSync } from 'node:fs';
import { lab } from '../harness/lab.ts';
import { crashAtEveryBoundary, crashAtRandom } from './scenarios/worker-crash.ts';
import { assertClean } from './verdict.ts';
import path from 'node:path';
describe('zz', function () {
  this.timeout(500_000);
  afterEach(async () => {
    const d = path.dirname((await lab()).dir('x'));
    cpSync(d, '/tmp/chaos/last', { recursive: true, filter: (f) => !f.includes('postgres/') });
  });
  it('boundaries', async () => assertClean(await crashAtEveryBoundary()));
  it('random', async () => assertClean(await crashAtRandom({ subscriptions: 100, seed: 1 })));
});
