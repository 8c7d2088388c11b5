/** F5 and F6: webhooks many times at once, again later, and in every order. */
import axios from 'axios';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import type { Order } from '../../harness/buyer.ts';
import { judge, judgeWorld, untilQuiet } from '../invariants.ts';
import { leversOf } from '../levers.ts';
import { purchase, purchases, standings, untilAll } from '../market.ts';
import { openVerdict, type Verdict } from '../verdict.ts';

interface SentEvent {
  id: string;
  type: string;
}

/** What the payment provider has sent, newest first. */
async function eventsOf(tenure: Tenure): Promise<SentEvent[]> {
  const { data } = await axios.get<{ data: SentEvent[] }>(`${tenure.stripe.url}/v1/events`, {
    params: { limit: 100 },
    headers: { authorization: `Bearer ${tenure.config.STRIPE_SECRET_KEY}` },
  });
  return data.data;
}

/** Every event of some purchases, ten times at once, then once more when all is over. */
export async function repeatedWebhooks(count: number): Promise<Verdict> {
  const verdict = openVerdict('F5', 'each webhook ten times at once, and again later');
  const tenure = await startTenure({ name: 'repeated-webhooks' });
  const levers = leversOf(tenure);
  await levers.holdWebhooks();
  const orders = await purchases(tenure, count);
  const events = await eventsOf(tenure);
  const storm = await Promise.all(events.map(({ id }) => levers.redeliver(id, 10)));
  await levers.releaseWebhooks();
  await untilAll(tenure, orders, 'active');
  const later = await Promise.all(events.map(({ id }) => levers.redeliver(id, 1)));
  for (const { status, type } of [...storm, ...later].flat()) {
    verdict.never(
      'a repeated webhook not answered with 2xx',
      status === 200,
      () => `${type}: ${status ?? 'no answer'}`,
    );
  }
  await untilQuiet(tenure, orders);
  await judge(verdict, tenure, orders);
  await judgeWorld(verdict, tenure);
  verdict.figure('events', events.length);
  verdict.figure('orders', orders.length);
  await tenure.killWorker();
  return verdict.close();
}

const FOUR = [
  'checkout.session.completed',
  'customer.subscription.created',
  'invoice.paid',
  'charge.succeeded',
];

/** Four events of a purchase in all 24 orders: a purchase per order, all ending alike. */
export async function everyOrderOfEvents(): Promise<Verdict> {
  const verdict = openVerdict('F6', 'all 24 orders of four events');
  const tenure = await startTenure({ name: 'event-orders' });
  const levers = leversOf(tenure);
  const orders: Order[] = [];
  for (const order of permutations(FOUR)) {
    await levers.holdWebhooks();
    orders.push(await purchase(tenure));
    const delivered = await levers.releaseWebhooks(order);
    const seen = delivered.map(({ type }) => type).filter((type) => FOUR.includes(type));
    verdict.never(
      'another order than the wanted one',
      seen.join() === order.join(),
      () => `${seen.join()} for ${order.join()}`,
    );
  }
  await untilAll(tenure, orders, 'active');
  await untilQuiet(tenure, orders);
  const ends = new Set(
    (await standings(tenure, orders)).map(({ stage, standing }) => `${stage}/${standing}`),
  );
  verdict.never('different ends for different orders', ends.size === 1, () => [...ends].join(', '));
  await judge(verdict, tenure, orders);
  await judgeWorld(verdict, tenure);
  await tenure.killWorker();
  return verdict.close();
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}
