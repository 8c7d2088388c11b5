/** F10: one server of several cannot be made, and the undoing of another fails too. */
import { startTenure } from '../../harness/tenure.ts';
import { judge, judgeWorld, untilQuiet } from '../invariants.ts';
import { leversOf } from '../levers.ts';
import { ask, purchase, standings, untilAll } from '../market.ts';
import { readBooks } from '../oracle.ts';
import { openVerdict, type Verdict } from '../verdict.ts';

const QUANTITY = 3;

/** For each k: the third create is refused and the k-th deletion fails for good; then the provider is mended and staff retry. */
export async function failingCompensation(): Promise<Verdict> {
  const verdict = openVerdict('F10', 'the compensation fails at step k, for each k');
  const tenure = await startTenure({ name: 'compensation' });
  const levers = leversOf(tenure);
  const orders = [];
  for (let k = 0; k < QUANTITY - 1; k += 1) {
    await levers.breakVultr({
      kind: 'status',
      status: 400,
      method: 'POST',
      path: '^/v2/instances$',
      skip: QUANTITY - 1,
    });
    await levers.breakVultr({
      kind: 'status',
      status: 401,
      method: 'DELETE',
      path: '^/v2/instances/',
      skip: k,
    });
    const order = await purchase(tenure, { quantity: QUANTITY });
    orders.push(order);
    await untilAll(tenure, [order], ({ attention }) => attention !== null);
    const [stuck] = await standings(tenure, [order]);
    verdict.never(
      'another attention than for the compensation',
      stuck?.attention?.reason === 'compensation-failed',
      () => `k=${k}: ${stuck?.attention?.reason ?? 'none'}`,
    );
    const { live } = readBooks(tenure).of(order.id);
    verdict.never(
      'the rest of the compensation left undone',
      live.length <= 1,
      () => `k=${k}: ${live.length} left`,
    );
    await levers.mend();
    await ask(tenure, order, 'retry');
    await untilAll(tenure, [order], ({ attention }) => attention?.reason === 'provisioning-failed');
    verdict.never(
      'something left after the retried compensation',
      readBooks(tenure).of(order.id).live.length === 0,
      () => `k=${k}`,
    );
    await ask(tenure, order, 'retry');
  }
  await untilAll(tenure, orders, 'active');
  await untilQuiet(tenure, orders);
  await judge(verdict, tenure, orders);
  await judgeWorld(verdict, tenure);
  await tenure.killWorker();
  return verdict.close();
}
