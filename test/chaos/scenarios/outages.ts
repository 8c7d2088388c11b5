/** F3 and F4: Temporal dies, Postgres stops at once, while customers go on buying. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Order } from '../../harness/buyer.ts';
import { lab } from '../../harness/lab.ts';
import { newPostgres, newTemporal } from '../../harness/stack.ts';
import { startTenure } from '../../harness/tenure.ts';
import { judge, judgeWorld, untilQuiet } from '../invariants.ts';
import { leversOf } from '../levers.ts';
import { ask, cancelNow, purchase, purchases, untilAll } from '../market.ts';
import { openVerdict, type Verdict } from '../verdict.ts';
import { recordWebhooks } from '../wires/webhook-recorder.ts';

export interface OutageSize {
  /** Purchases per phase. */
  purchases: number;
  /** How long the server stays away, in ms. */
  downMs: number;
  /** How often it dies. */
  times: number;
}

const ACCEPTED = 202;

/** Temporal is killed while servers are being made. Orders, payments and requests go on, and all are served afterwards. */
export async function temporalCrash({ purchases: count, downMs, times }: OutageSize): Promise<Verdict> {
  const verdict = openVerdict('F3', 'Temporal SIGKILL');
  const temporal = await newTemporal('chaos-temporal');
  const tenure = await startTenure({ name: 'temporal-crash', temporal });
  const leavers = await purchases(tenure, times);
  await untilAll(tenure, leavers, 'active');
  const orders = await purchases(tenure, count);
  for (const leaver of leavers) {
    orders.push(...(await Promise.all(Array.from({ length: count }, () => purchase(tenure)))));
    await temporal.kill('SIGKILL');
    const diedAt = performance.now();
    const status = await ask(tenure, leaver, 'cancel', cancelNow);
    verdict.never('a request not accepted while Temporal was away', status === ACCEPTED, () =>
      String(status),
    );
    // A purchase that is not accepted would not come back from here.
    const meanwhile = await Promise.all(Array.from({ length: count }, () => purchase(tenure)));
    for (const { id } of meanwhile)
      verdict.never('an order not accepted while Temporal was away', true, () => id);
    orders.push(...meanwhile);
    await sleep(downMs);
    const restartedAt = performance.now();
    await temporal.restart();
    verdict.figure('last outage s', ((performance.now() - diedAt) / 1_000).toFixed(1));
    verdict.figure('last restart s', ((performance.now() - restartedAt) / 1_000).toFixed(1));
  }
  await untilAll(tenure, orders, 'active');
  await untilAll(tenure, leavers, 'torn-down');
  await untilQuiet(tenure, [...orders, ...leavers]);
  verdict.figure('kills', times);
  verdict.figure('orders', orders.length + leavers.length);
  await judge(verdict, tenure, [...orders, ...leavers]);
  await judgeWorld(verdict, tenure);
  await tenure.killWorker();
  await temporal.kill('SIGTERM');
  return verdict.close();
}

/** Postgres stops "immediate" while webhooks come in: what was acknowledged is acted upon, the rest is sent again. */
export async function postgresCrash({ purchases: count, downMs, times }: OutageSize): Promise<Verdict> {
  const verdict = openVerdict('F4', 'Postgres stopped immediate');
  const postgres = await newPostgres('chaos-postgres', { max_connections: '200' });
  const tenure = await startTenure({ name: 'postgres-crash', postgres });
  const levers = leversOf(tenure);
  const recorder = await recordWebhooks(`${tenure.api.url}/webhooks/stripe`);
  (await lab()).onEnd(recorder.close);
  await levers.sendWebhooksTo(recorder.url);

  const orders: Order[] = await purchases(tenure, 1);
  for (let time = 0; time < times; time += 1) {
    const seen = recorder.acknowledged.size;
    const buying = Promise.all(Array.from({ length: count }, () => purchase(tenure)));
    // In the middle of the webhooks of these purchases.
    while (recorder.acknowledged.size === seen) await sleep(5);
    await postgres.kill('SIGQUIT');
    await sleep(downMs);
    await postgres.restart();
    orders.push(...(await buying));
  }
  await untilAll(tenure, orders, 'active');
  await untilQuiet(tenure, orders);
  while ((await levers.undelivered()) > 0) await sleep(100);

  const { rows } = await tenure.sql.query<{ id: string }>('select event_id as id from payment_events');
  const stored = new Set(rows.map(({ id }) => id));
  for (const id of recorder.acknowledged) {
    verdict.never('an acknowledged webhook lost', stored.has(id), () => id);
  }
  verdict.figure('stops', times);
  verdict.figure('orders', orders.length);
  verdict.figure('webhooks refused and sent again', recorder.refused());
  await judge(verdict, tenure, orders);
  await judgeWorld(verdict, tenure);
  await tenure.killWorker();
  await recorder.close();
  return verdict.close();
}
