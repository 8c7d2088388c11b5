/** Lives per second on a Temporal that serves by priority and tenant in turn, over one that serves in the order of arrival. */
import { newTemporal } from '../../harness/stack.ts';
import { namespaceFor } from '../../harness/tenure.ts';
import type { Bench } from '../bench.ts';
import { atLeast, ratioFinding, type Finding } from '../finding.ts';
import { openBare, type Bare } from '../rig/bare.ts';
import { ratePerSecond } from '../rig/lives.ts';
import { compare } from '../statistics.ts';

const AT_ONCE = 32;
const IN_ORDER = { 'matching.useNewMatcher': false, 'matching.enableFairness': false };

export async function measureFairness({ pairs, quick, say }: Bench): Promise<Finding[]> {
  const lives = quick ? 4 : 64;
  const [fair, plain] = [await openOn('fair', {}), await openOn('in-order', IN_ORDER)];
  const workers = [await fair.startWorker(), await plain.startWorker()];
  const all = await compare(
    pairs,
    () => ratePerSecond(fair.driver, lives, AT_ONCE),
    () => ratePerSecond(plain.driver, lives, AT_ONCE),
    (done) => say(`pair ${done} of ${pairs}`),
  );
  for (const worker of workers) await worker.end();
  return [
    ratioFinding(
      { id: 'fair', what: 'lives per second with priorities and fairness ÷ without', goal: atLeast(0.95) },
      all,
      (a, b) => `${a} ÷ ${b} per second; on the bare shape, each on a Temporal of its own`,
      1,
    ),
  ];
}

async function openOn(name: string, settings: Record<string, boolean>): Promise<Bare> {
  const { current } = await newTemporal(`${name}-temporal`, settings);
  return openBare({ name, namespace: await namespaceFor(current, name), address: current.address });
}
