/** F10: something cannot be made, and undoing what was begun fails too, at each of its steps. */
import type { Order } from '../../harness/buyer.ts';
import { startTenure } from '../../harness/tenure.ts';
import { judge, judgeWorld, untilQuiet } from '../invariants.ts';
import { leversOf, type Levers } from '../levers.ts';
import { ask, purchase, standings, untilAll } from '../market.ts';
import { readBooks, readLedger } from '../oracle.ts';
import { openVerdict, type Verdict } from '../verdict.ts';

const QUANTITY = 4;

/** What breaks, and what must have been done all the same. */
interface Step {
  name: string;
  break(levers: Levers): Promise<void> | void;
  /** Instances that may still be there. */
  live: number;
  reason: 'compensation-failed' | 'billing-failed';
}

const removals: Step[] = Array.from({ length: QUANTITY - 1 }, (_, k) => ({
  name: `removal ${k + 1}`,
  break: (levers) =>
    levers.breakVultr({ kind: 'status', status: 401, method: 'DELETE', path: '^/v2/instances/', skip: k }),
  live: 1,
  reason: 'compensation-failed',
}));
const STEPS: Step[] = [
  ...removals,
  {
    name: 'the refund',
    break: (levers) =>
      levers.breakStripe({ kind: 'status', status: 403, method: 'POST', path: '^/v1/refunds$' }),
    live: 0,
    reason: 'billing-failed',
  },
  {
    name: 'the end of billing',
    break: (levers) =>
      levers.breakStripe({ kind: 'status', status: 403, method: 'DELETE', path: '^/v1/subscriptions/' }),
    live: 0,
    reason: 'billing-failed',
  },
];

/** For each step: the last of several servers is refused, the customer leaves, and the step fails for good until it is mended. */
export async function failingCompensation(): Promise<Verdict> {
  const verdict = openVerdict('F10', 'the compensation fails at step k, for each k');
  const tenure = await startTenure({ name: 'compensation' });
  const levers = leversOf(tenure);
  const orders: Order[] = [];
  for (const step of STEPS) {
    await levers.breakVultr({
      ...{ kind: 'status', status: 400, method: 'POST', path: '^/v2/instances$' },
      skip: QUANTITY - 1,
    });
    await step.break(levers);
    const order = await purchase(tenure, { quantity: QUANTITY });
    orders.push(order);
    await untilAll(tenure, [order], ({ attention }) => attention !== null);
    if (step.reason === 'billing-failed') {
      await ask(tenure, order, 'refund', { reason: 'nothing was delivered' });
      await untilAll(tenure, [order], ({ attention }) => attention?.reason === step.reason);
    }
    const [stuck] = await standings(tenure, [order]);
    verdict.never(
      'a failed step without the attention that names it',
      stuck?.attention?.reason === step.reason,
      () => `${step.name}: ${stuck?.attention?.reason ?? 'none'}`,
    );
    const { live, refundedMinor } = readBooks(tenure).of(order.id);
    verdict.never(
      'the rest of the undoing not done',
      live.length === step.live,
      () => `${step.name}: ${live.length} left`,
    );
    if (step.name === 'the refund') {
      const ended = readLedger(tenure, 'stripe').some(
        ({ effect, detail }) =>
          effect === 'subscription.canceled' && JSON.stringify(detail).includes(order.id),
      );
      verdict.never(
        'the rest of the undoing not done',
        ended && refundedMinor === 0,
        () => 'billing goes on',
      );
    }
    await levers.mend();
    await ask(tenure, order, 'retry');
    if (step.reason === 'compensation-failed') {
      await untilAll(tenure, [order], ({ attention }) => attention?.reason === 'provisioning-failed');
      await ask(tenure, order, 'refund', { reason: 'nothing was delivered' });
    }
    await untilAll(tenure, [order], 'torn-down');
  }
  await untilQuiet(tenure, orders);
  verdict.figure('steps', STEPS.length);
  await judge(verdict, tenure, orders);
  await judgeWorld(verdict, tenure);
  await tenure.killWorker();
  return verdict.close();
}
