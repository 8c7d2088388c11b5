/** F7: the effect happened, the answer is lost: for every mutating call of every port. */
import type { Stage } from '../../../schemas/subscriptions/lifecycle.ts';
import type { Order } from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import { judge, judgeWorld, untilQuiet } from '../invariants.ts';
import { leversOf, type Levers } from '../levers.ts';
import { ask, cancelNow, purchases, untilAll } from '../market.ts';
import { openVerdict, type Verdict } from '../verdict.ts';

type Kind = 'lost-after' | 'status-after';

interface Call {
  name: string;
  lose(levers: Levers, kind: Kind, times: number): Promise<void>;
}

const vultr = (name: string, method: string, path: string): Call => ({
  name: `vultr ${name}`,
  lose: (levers, kind, times) => levers.breakVultr({ kind, method, path, times }),
});
const stripe = (name: string, method: string, path: string): Call => ({
  name: `stripe ${name}`,
  lose: async (levers, kind, times) => levers.breakStripe({ kind, method, path, times }),
});

const MAKING: Call[] = [
  stripe('customer', 'POST', '^/v1/customers$'),
  stripe('product', 'POST', '^/v1/products$'),
  stripe('price', 'POST', '^/v1/prices$'),
  stripe('checkout', 'POST', '^/v1/checkout/sessions$'),
  vultr('create', 'POST', '^/v2/instances$'),
  { name: 'mail', lose: (levers, _, times) => levers.breakMail({ at: 'data', kind: 'drop-after', times }) },
];
const SUSPENDING: Call[] = [vultr('halt', 'POST', '/halt$')];
const RESUMING: Call[] = [vultr('start', 'POST', '/start$')];
const ENDING: Call[] = [
  stripe('end at period', 'POST', '^/v1/subscriptions/[^/]+$'),
  stripe('cancel', 'DELETE', '^/v1/subscriptions/[^/]+$'),
  vultr('snapshot', 'POST', '^/v2/snapshots$'),
  vultr('delete', 'DELETE', '^/v2/instances/[^/]+$'),
  vultr('delete snapshot', 'DELETE', '^/v2/snapshots/[^/]+$'),
];
const REFUNDING: Call[] = [stripe('refund', 'POST', '^/v1/refunds$')];

/** `each` subscriptions through a whole life in which every mutating call loses its answer `each` times. */
export async function lostAnswers(each: number): Promise<Verdict> {
  const verdict = openVerdict('F7', 'the answer is lost after the effect, every mutating call');
  const tenure = await startTenure({ name: 'lost-answers' });
  const levers = leversOf(tenure);
  const lose = async (calls: Call[]): Promise<void> => {
    const half = Math.ceil(each / 2);
    for (const call of calls) {
      await call.lose(levers, 'lost-after', half);
      if (call.name !== 'mail') await call.lose(levers, 'status-after', each - half);
    }
  };

  await lose(MAKING);
  const orders = await purchases(tenure, each);
  await untilAll(tenure, orders, 'active');
  await lose(SUSPENDING);
  await askAll(tenure, orders, 'suspend', { reason: 'a test' }, 'suspended');
  await untilStopped(tenure, orders);
  await lose(RESUMING);
  await askAll(tenure, orders, 'resume', {}, 'active');
  await lose(ENDING);
  await askAll(tenure, orders, 'cancel', cancelNow, 'torn-down');
  orders.push(...(await refunds(tenure, levers, each, () => lose(REFUNDING))));

  await untilQuiet(tenure, orders);
  const { vultr: ofVultr, stripe: ofStripe, mail } = await levers.hits();
  verdict.figure('lost answers', ofVultr + ofStripe + mail);
  await judge(verdict, tenure, orders);
  await judgeWorld(verdict, tenure);
  await tenure.killWorker();
  return verdict.close();
}

async function askAll(
  tenure: Tenure,
  orders: Order[],
  action: string,
  body: object,
  stage: Stage,
): Promise<void> {
  await Promise.all(orders.map((one) => ask(tenure, one, action, body)));
  await untilAll(tenure, orders, stage);
}

/** A suspension counts when the servers are halted. */
async function untilStopped(tenure: Tenure, orders: Order[]): Promise<void> {
  for (;;) {
    const { rows } = await tenure.sql.query(
      `select 1 from instances where subscription_id = any($1) and state <> 'stopped' limit 1`,
      [orders.map(({ id }) => id)],
    );
    if (rows.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Orders that cannot be made and are refunded, with lost answers to the refunds. */
async function refunds(
  tenure: Tenure,
  levers: Levers,
  count: number,
  lose: () => Promise<void>,
): Promise<Order[]> {
  await levers.mend();
  await levers.breakVultr({
    kind: 'status',
    status: 400,
    method: 'POST',
    path: '^/v2/instances$',
    times: count,
  });
  const orders = await purchases(tenure, count);
  await untilAll(tenure, orders, ({ attention }) => attention !== null);
  await lose();
  await Promise.all(orders.map((one) => ask(tenure, one, 'refund', { reason: 'a test' })));
  await untilAll(tenure, orders, 'torn-down');
  return orders;
}
