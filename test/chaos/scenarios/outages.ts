/** F3 and F4: Temporal dies, Postgres stops at once, while customers go on buying. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startTenure } from '../../harness/tenure.ts';
import { newPostgres, newTemporal } from '../../harness/stack.ts';
import { judge, judgeWorld, untilQuiet } from '../invariants.ts';
import { purchase, purchases, untilAll } from '../market.ts';
import { leversOf } from '../levers.ts';
import { openVerdict, type Verdict } from '../verdict.ts';

export interface OutageSize {
  /** Purchases per phase. */
  purchases: number;
  /** How long the server stays away, in ms. */
  downMs: number;
  /** How often it dies. */
  times: number;
}

/** Temporal is killed while servers are being made; orders and payments go on, and all of them are served afterwards. */
export async function temporalCrash({ purchases: count, downMs, times }: OutageSize): Promise<Verdict> {
  const verdict = openVerdict('F3', 'Temporal SIGKILL');
  const temporal = await newTemporal('chaos-temporal');
  const tenure = await startTenure({ name: 'temporal-crash', temporal });
  const orders = await purchases(tenure, count);
  for (let time = 0; time < times; time += 1) {
    await temporal.kill('SIGKILL');
    orders.push(...(await Promise.all(Array.from({ length: count }, () => purchase(tenure)))));
    await sleep(downMs);
    const startedAt = performance.now();
    await temporal.restart();
    verdict.figure(`restart ${time + 1} in ms`, Math.round(performance.now() - startedAt));
  }
  await untilAll(tenure, orders, 'active');
  await untilQuiet(tenure, orders);
  await judge(verdict, tenure, orders);
  await judgeWorld(verdict, tenure);
  verdict.figure('orders', orders.length);
  await tenure.killWorker();
  return verdict.close();
}

/** Postgres stops "immediate" while webhooks come in; what was acknowledged is acted upon, the rest is sent again. */
export async function postgresCrash({ purchases: count, downMs, times }: OutageSize): Promise<Verdict> {
  const verdict = openVerdict('F4', 'Postgres stopped immediate');
  const postgres = await newPostgres('chaos-postgres', { max_connections: '200' });
  const tenure = await startTenure({ name: 'postgres-crash', postgres });
  const levers = leversOf(tenure);
  const orders = await purchases(tenure, count);
  for (let time = 0; time < times; time += 1) {
    const buying = Promise.all(Array.from({ length: count }, () => purchase(tenure)));
    await sleep(150);
    await postgres.kill('SIGQUIT');
    await sleep(downMs);
    await postgres.restart();
    orders.push(...(await buying));
  }
  await untilAll(tenure, orders, 'active');
  await untilQuiet(tenure, orders);
  await judge(verdict, tenure, orders);
  await judgeWorld(verdict, tenure);
  verdict.never(
    'a webhook given up',
    (await levers.undelivered()) === 0,
    () => 'the payment provider still holds events',
  );
  verdict.figure('orders', orders.length);
  verdict.figure('stops', times);
  await tenure.killWorker();
  return verdict.close();
}
