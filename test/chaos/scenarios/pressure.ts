/** F2 and F8: rolling updates under load, a provider that asks everybody to slow down, and its quota that all workers share. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pay, type Order } from '../../harness/buyer.ts';
import { startTenure } from '../../harness/tenure.ts';
import { openFleet } from '../fleet.ts';
import { judge, judgeWorld, untilQuiet } from '../invariants.ts';
import { leversOf } from '../levers.ts';
import { ask, cancelNow, order, purchases, untilAll } from '../market.ts';
import { openVerdict, type Verdict } from '../verdict.ts';
import { countCalls } from '../wires/call-counter.ts';

/** Each worker is replaced (SIGTERM) while servers are made and torn down: nobody notices. */
export async function rollingUpdates({ times, cohort }: { times: number; cohort: number }): Promise<Verdict> {
  const verdict = openVerdict('F2', 'rolling SIGTERM under load');
  const tenure = await startTenure({ name: 'rolling', withoutWorker: true });
  const fleet = await openFleet(tenure);
  await fleet.start();
  const orders: Order[] = [];
  for (let time = 0; time < times; time += 1) {
    const earlier = [...orders];
    const buying = purchases(tenure, cohort);
    const leaving = Promise.all(earlier.slice(-cohort).map((one) => ask(tenure, one, 'cancel', cancelNow)));
    await sleep(300);
    await fleet.roll();
    await leaving;
    orders.push(...(await buying));
    await untilAll(
      tenure,
      orders.slice(-cohort),
      ({ stage, attention }) => stage === 'active' || attention !== null,
    );
  }
  const gone = orders.slice(0, -cohort);
  await untilAll(tenure, gone, ({ stage, attention }) => stage === 'torn-down' || attention !== null);
  await untilQuiet(tenure, orders);
  const { rows } = await tenure.sql.query<{ id: string; kind: string }>(
    `select subscription_id as id, kind from timeline where kind in ('attention', 'provisioning-failed', 'compensated')`,
  );
  for (const { id } of orders) {
    const trouble = rows.find((row) => row.id === id);
    verdict.never(
      'a failure, or a shutdown read as a cancel',
      !trouble,
      () => `${id}: ${trouble?.kind ?? ''}`,
    );
  }
  verdict.never('a worker that ended by itself', fleet.unexpectedEnds() === 0, () =>
    String(fleet.unexpectedEnds()),
  );
  verdict.figure('rolls', times);
  verdict.figure('subscriptions', orders.length);
  await judge(verdict, tenure, orders);
  await judgeWorld(verdict, tenure);
  await fleet.close();
  return verdict.close();
}

/** Most calls are throttled or answered with 5xx for a while: it takes longer, and nothing fails for good. */
export async function throttleStorm({
  orders: count,
  stormMs,
}: {
  orders: number;
  stormMs: number;
}): Promise<Verdict> {
  const verdict = openVerdict('F8', 'a storm of 429 and 5xx');
  const tenure = await startTenure({ name: 'storm' });
  const levers = leversOf(tenure);
  const orders = await Promise.all(Array.from({ length: count }, () => order(tenure)));
  await levers.breakVultr({ kind: 'throttle', times: null, probability: 0.6 });
  await levers.breakVultr({ kind: 'status', status: 503, times: null, probability: 0.3, seed: 2 });
  levers.breakStripe({ kind: 'throttle', path: '^/v1/', times: null, probability: 0.4, seed: 3 });
  levers.breakStripe({ kind: 'status', status: 502, path: '^/v1/', times: null, probability: 0.2, seed: 4 });
  await Promise.all(orders.map((one) => pay(one)));
  await sleep(stormMs);
  const struck = (await levers.rules()).reduce((sum, { hits }) => sum + hits, 0);
  await levers.mend();
  await untilAll(tenure, orders, ({ stage, attention }) => stage === 'active' || attention !== null);
  await untilQuiet(tenure, orders);
  const { rows } = await tenure.sql.query<{ id: string }>(
    `select distinct subscription_id as id from timeline where kind = 'attention'`,
  );
  for (const { id } of orders) {
    verdict.never('a failure for good in a passing storm', !rows.some((row) => row.id === id), () => id);
  }
  verdict.figure('subscriptions', orders.length);
  verdict.figure('calls struck', struck);
  await judge(verdict, tenure, orders);
  await judgeWorld(verdict, tenure);
  await tenure.killWorker();
  return verdict.close();
}

/** Calls of a second may come this much closer together on their way. */
const QUOTA_TOLERANCE = 1.05;
/** Long enough that a call that comes a little late or early does not count. */
const WINDOW_MS = 10_000;
const BOOT_MS = 12_000;

/** Many servers boot and are looked at all the time by several workers at once: together they keep to the provider's quota. */
export async function sharedQuota({
  workers,
  orders: count,
  perSecond,
}: {
  workers: number;
  orders: number;
  perSecond: number;
}): Promise<Verdict> {
  const verdict = openVerdict('F8', `${workers} workers share a quota of ${perSecond} calls a second`);
  const calls = countCalls();
  const tenure = await startTenure({
    name: 'shared-quota',
    bootMs: BOOT_MS,
    between: { vultr: calls.between },
    env: { VULTR_REQUESTS_PER_SECOND: String(perSecond), VULTR_POLL_MS: '100' },
    withoutWorker: true,
  });
  const fleet = await openFleet(tenure);
  await Promise.all(Array.from({ length: workers }, () => fleet.start()));
  const orders = await purchases(tenure, count);
  await untilAll(tenure, orders, 'active');
  await untilQuiet(tenure, orders);
  const most = calls.most(WINDOW_MS);
  const allowed = perSecond * (WINDOW_MS / 1_000) * QUOTA_TOLERANCE;
  verdict.never(
    'more calls than the quota',
    most <= allowed,
    () => `${most} in ${WINDOW_MS / 1_000} s, where ${allowed} were allowed`,
  );
  verdict.never(
    'a storm that did not come near the quota, and so shows nothing',
    most > allowed / 2,
    () => `${most} in ${WINDOW_MS / 1_000} s`,
  );
  verdict.figure('subscriptions', orders.length);
  verdict.figure('calls', calls.total());
  verdict.figure(`most in ${WINDOW_MS / 1_000} s`, most);
  verdict.figure('most in 1 s', calls.most(1_000));
  await judge(verdict, tenure, orders);
  await judgeWorld(verdict, tenure);
  await fleet.close();
  return verdict.close();
}
