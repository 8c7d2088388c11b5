/** F7: the effect happened and its answer is lost, for every mutating call of every port. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { CARDS, type Order } from '../../harness/buyer.ts';
import { lab } from '../../harness/lab.ts';
import { testPlans } from '../../harness/seed.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import { judge, judgeWorld, untilQuiet } from '../invariants.ts';
import { leversOf, type Levers } from '../levers.ts';
import { ask, cancelNow, order as placeOrder, purchase, standings, untilAll } from '../market.ts';
import { readLedger } from '../oracle.ts';
import { openVerdict, type OpenVerdict, type Verdict } from '../verdict.ts';

interface Call {
  method: string;
  path: string;
}

const VULTR: Call[] = [
  { method: 'POST', path: '^/v2/instances$' },
  { method: 'POST', path: '^/v2/instances/[^/]+/halt$' },
  { method: 'POST', path: '^/v2/instances/[^/]+/start$' },
  { method: 'PATCH', path: '^/v2/instances/[^/]+$' },
  { method: 'DELETE', path: '^/v2/instances/[^/]+$' },
  { method: 'POST', path: '^/v2/snapshots$' },
  { method: 'DELETE', path: '^/v2/snapshots/[^/]+$' },
];
const STRIPE: Call[] = [
  { method: 'POST', path: '^/v1/customers$' },
  { method: 'POST', path: '^/v1/products$' },
  { method: 'POST', path: '^/v1/prices$' },
  { method: 'POST', path: '^/v1/checkout/sessions$' },
  { method: 'POST', path: '^/v1/checkout/sessions/[^/]+/expire$' },
  { method: 'POST', path: '^/v1/subscriptions$' },
  { method: 'POST', path: '^/v1/subscriptions/[^/]+$' },
  { method: 'DELETE', path: '^/v1/subscriptions/[^/]+$' },
  { method: 'POST', path: '^/v1/refunds$' },
  { method: 'POST', path: '^/v1/invoices/[^/]+/void$' },
];

/** Key of the plan that others are changed to. */
const LARGE = 'large';

/** The SDK repeats a call once by itself: only when both answers are lost does ours have to. */
const TRIES_OF_THE_SDK = 2;

/** In each of six courses of life, `each` subscriptions go through calls whose first answers are lost. */
export async function lostAnswers(each: number): Promise<Verdict> {
  const verdict = openVerdict('F7', 'the answer is lost after the effect, for every mutating call');
  const tenure = await startTenure({ name: 'lost-answers', catalogFile: await catalogOf(each) });
  const levers = leversOf(tenure);
  for (const call of VULTR) await levers.breakVultr({ ...call, kind: 'lost-after', times: each });
  for (const call of STRIPE) {
    levers.breakStripe({ ...call, kind: 'lost-after', times: each });
    levers.breakStripe({ ...call, kind: 'status-after', times: each * (TRIES_OF_THE_SDK - 1) });
  }
  await levers.breakMail({ at: 'data', kind: 'drop-after', times: each });

  const all = async (course: (index: number) => Promise<Order>): Promise<Order[]> =>
    Promise.all(Array.from({ length: each }, (_, index) => course(index)));
  const orders = [
    ...(await all((index) => wholeLife(tenure, `plan-${index}`))),
    ...(await all(() => withdrawn(tenure))),
    ...(await all(() => billedAnew(tenure, levers))),
    ...(await all(() => neverPaidAgain(tenure, levers))),
    ...(await all(() => enlarged(tenure))),
  ];
  await levers.breakVultr({
    method: 'POST',
    path: '^/v2/instances$',
    kind: 'status',
    status: 400,
    times: each,
  });
  orders.push(...(await all(() => refunded(tenure))));

  await untilQuiet(tenure, orders);
  await judgeHits(verdict, levers);
  judgeOneOfEach(verdict, tenure);
  await judge(verdict, tenure, orders);
  await judgeWorld(verdict, tenure);
  verdict.figure('calls', VULTR.length + STRIPE.length + 1);
  verdict.figure('of each', each);
  await tenure.killWorker();
  return verdict.close();
}

/** A catalogue with a plan for each: products and prices are made at a plan's first sale only. */
async function catalogOf(count: number): Promise<string> {
  const plans = testPlans();
  const [first] = plans;
  const more = Array.from({ length: count }, (_, index) => ({ ...first, key: `plan-${index}` }));
  const large = {
    ...{ ...first, key: LARGE },
    prices: first?.prices.map((price) => ({ ...price, amountMinor: 4 * price.amountMinor })),
    resources: { vcpus: 2, memoryMb: 4_096, diskGb: 80 },
    providers: { vultr: { ...first?.providers.vultr, plan: 'vc2-2c-4gb' } },
  };
  const file = path.join((await lab()).dir('lost-answers-catalog'), 'catalog.yaml');
  writeFileSync(file, stringify({ plans: [...plans, ...more, large] }, { aliasDuplicateObjects: false }));
  return file;
}

async function wholeLife(tenure: Tenure, planKey: string): Promise<Order> {
  const order = await purchase(tenure, { planKey });
  await untilAll(tenure, [order], 'active');
  await ask(tenure, order, 'suspend', { reason: 'a test' });
  await untilStopped(tenure, order);
  await ask(tenure, order, 'resume');
  await untilAll(tenure, [order], 'active');
  await ask(tenure, order, 'cancel', cancelNow);
  await untilAll(tenure, [order], 'torn-down');
  return order;
}

/** Ordered, not paid, and withdrawn: the checkout is closed. */
async function withdrawn(tenure: Tenure): Promise<Order> {
  const order = await placeOrder(tenure);
  await ask(tenure, order, 'cancel', cancelNow);
  await untilAll(tenure, [order], 'torn-down');
  return order;
}

/** Cancelled, the paid period runs out within the grace period, and the customer comes back: billing begins anew. */
async function billedAnew(tenure: Tenure, levers: Levers): Promise<Order> {
  const order = await purchase(tenure, { planKey: 'patient' });
  await untilAll(tenure, [order], 'active');
  await ask(tenure, order, 'cancel', cancelNow);
  await untilStopped(tenure, order);
  await levers.renew(await billingRefOf(tenure, order));
  await untilAll(tenure, [order], ({ standing }) => standing === 'ended');
  await ask(tenure, order, 'resume');
  await untilAll(tenure, [order], 'active');
  return order;
}

/** A renewal fails and nobody pays: the open invoice is voided at the end. */
async function neverPaidAgain(tenure: Tenure, levers: Levers): Promise<Order> {
  const order = await purchase(tenure, {}, CARDS.failsLater);
  await untilAll(tenure, [order], 'active');
  await levers.renew(await billingRefOf(tenure, order));
  await untilAll(tenure, [order], 'torn-down');
  return order;
}

/** Changed to a dearer plan: charged once, resized once, of one plan with its server. */
async function enlarged(tenure: Tenure): Promise<Order> {
  const order = await purchase(tenure, { planKey: 'patient' });
  await untilAll(tenure, [order], 'active');
  await ask(tenure, order, 'plan', { planKey: LARGE, planVersion: 1 });
  for (;;) {
    const { rows } = await tenure.sql.query(
      `select 1 from subscriptions where id = $1 and plan_key = $2 and pending_change is null`,
      [order.id, LARGE],
    );
    if (rows.length > 0) return order;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The servers cannot be made, and the customer wants the money back. */
async function refunded(tenure: Tenure): Promise<Order> {
  const order = await purchase(tenure);
  await untilAll(tenure, [order], ({ attention }) => attention !== null);
  await ask(tenure, order, 'refund', { reason: 'a test' });
  await untilAll(tenure, [order], 'torn-down');
  return order;
}

async function billingRefOf(tenure: Tenure, order: Order): Promise<string> {
  const [found] = await standings(tenure, [order]);
  return found?.billingRef ?? '';
}

/** Halted, and the story rests. */
async function untilStopped(tenure: Tenure, { id }: Order): Promise<void> {
  for (;;) {
    const { rows } = await tenure.sql.query(
      `select 1 from instances i join subscriptions s on s.id = i.subscription_id
       where s.id = $1 and i.state = 'stopped' and s.stage in ('suspended', 'cancelling')`,
      [id],
    );
    if (rows.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A rule that did not strike has tested nothing. */
async function judgeHits(verdict: OpenVerdict, levers: Levers): Promise<void> {
  for (const { what, hits, times } of await levers.rules()) {
    verdict.never(
      'a call that lost fewer answers than planned',
      hits === times,
      () => `${what}: ${hits} of ${times ?? 0}`,
    );
  }
}

/** What no subscription's account shows. */
function judgeOneOfEach(verdict: OpenVerdict, tenure: Tenure): void {
  const seen = new Set<string>();
  for (const { effect, id, key = id, detail } of readLedger(tenure, 'stripe')) {
    const metadata = (detail.metadata ?? {}) as Record<string, string>;
    const owner = metadata.tenure_subscription ?? key;
    if (!['customer.created', 'checkout.created', 'product.created', 'price.created'].includes(effect))
      continue;
    const what = `${effect} ${owner}`;
    verdict.never('a customer, checkout, product or price made twice', !seen.has(what), () => what);
    seen.add(what);
  }
}
