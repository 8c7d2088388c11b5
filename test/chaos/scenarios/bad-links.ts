/** F9: the links between the workers and everything they talk to are slow, narrow, or dead without a word. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Order } from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import { judge, judgeWorld, untilQuiet } from '../invariants.ts';
import { ask, cancelNow, purchase, purchases, untilAll } from '../market.ts';
import { openVerdict, quantile, type Verdict } from '../verdict.ts';
import type { Ailment } from '../wires/link.ts';
import { LINKED, linkUp, type Linked } from '../wires/linked-worker.ts';

export const AILMENTS: Readonly<Record<string, Ailment>> = {
  latency: { latencyMs: 300 },
  'half-open': { isHalfOpen: true },
  '1 KB/s': { bytesPerSecond: 1_024 },
};

export interface BadLinks {
  /** How long each ailment lasts, in ms. */
  faultMs: number;
  /** Purchases while it lasts, and again after it. */
  purchases: number;
  /** One link after the other, or all at once. */
  oneByOne: boolean;
  /** Who buys after the fault must have a server so soon; without it that is told and not judged. */
  backWithinMs?: number;
}

/** Customers buy and leave while links are ill. All are served in the end, and who buys afterwards is served as ever. */
export async function badLinks(size: BadLinks): Promise<Verdict> {
  const verdict = openVerdict('F9', 'links that are slow, half-open or narrow');
  const tenure = await startTenure({ name: 'bad-links', withoutWorker: true });
  const { fleet, links, recover } = await linkUp(tenure);
  await fleet.start();
  const leavers = await purchases(tenure, Object.keys(AILMENTS).length);
  await untilAll(tenure, leavers, 'active');
  const orders: Order[] = [...leavers];
  const returns: number[] = [];

  const patients: Linked[][] = size.oneByOne ? LINKED.map((name) => [name]) : [[...LINKED]];
  for (const [name, ailment] of Object.entries(AILMENTS)) {
    for (const ill of patients) {
      const leaver = leavers.pop();
      const meanwhile = buy(tenure, size.purchases);
      const leaving = leaver ? ask(tenure, leaver, 'cancel', cancelNow) : Promise.resolve(0);
      // In the middle of what these set off.
      await sleep(500);
      for (const one of ill) for (const link of links[one]) link.fallIll(ailment);
      await sleep(size.faultMs);
      recover();
      const afterwards = await buy(tenure, size.purchases);
      const arrivals = await untilAll(tenure, afterwards, 'active');
      const slowest = Math.max(...arrivals.values());
      returns.push(...arrivals.values());
      verdict.figure(`back after ${name} of ${ill.length === 1 ? ill.join() : 'all'}, s`, seconds(slowest));
      if (size.backWithinMs !== undefined) {
        verdict.never(
          'not back soon after the link is well',
          slowest <= size.backWithinMs,
          () => `${name} of ${ill.join()}: ${seconds(slowest)} s`,
        );
      }
      orders.push(...(await meanwhile), ...afterwards);
      await leaving;
    }
  }
  await untilAll(tenure, orders, ({ stage, attention }) => attention === null && ENDS.includes(stage));
  await untilQuiet(tenure, orders);
  verdict.figure('orders', orders.length);
  verdict.figure('back p95 s', seconds(quantile(returns, 0.95)));
  verdict.never('a worker that ended by itself', fleet.unexpectedEnds() === 0, () =>
    String(fleet.unexpectedEnds()),
  );
  await judge(verdict, tenure, orders);
  await judgeWorld(verdict, tenure);
  await fleet.close();
  return verdict.close();
}

const ENDS = ['active', 'torn-down'];

function buy(tenure: Tenure, count: number): Promise<Order[]> {
  return Promise.all(Array.from({ length: count }, () => purchase(tenure)));
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
