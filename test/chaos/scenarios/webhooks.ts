/** F5 and F6: webhooks many times at once, again later, and in every order. */
import axios from 'axios';
import { CARDS, historyLength, type Order } from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import { judge, judgeWorld, untilQuiet } from '../invariants.ts';
import { leversOf, type Levers } from '../levers.ts';
import { purchase, purchases, untilAll } from '../market.ts';
import { openVerdict, type Verdict } from '../verdict.ts';

const AT_ONCE = 10;

interface SentEvent {
  id: string;
  type: string;
  data: { object: { id: string; metadata?: Record<string, string> } };
}

/** The last hundred events that the payment provider has sent, newest first. */
async function latestEvents(tenure: Tenure): Promise<SentEvent[]> {
  const { data } = await axios.get<{ data: SentEvent[] }>(`${tenure.stripe.url}/v1/events`, {
    params: { limit: 100 },
    headers: { authorization: `Bearer ${tenure.config.STRIPE_SECRET_KEY}` },
  });
  return data.data;
}

/** Every event of some purchases ten times at once, before anybody has seen it; and ten times more when all is over. */
export async function repeatedWebhooks(count: number): Promise<Verdict> {
  const verdict = openVerdict('F5', 'each webhook ten times at once, and again later');
  const tenure = await startTenure({ name: 'repeated-webhooks' });
  const levers = leversOf(tenure);
  await levers.holdWebhooks();
  const orders = await purchases(tenure, count, { planKey: 'patient' });
  const events = await latestEvents(tenure);
  const storm = await Promise.all(events.map(({ id }) => levers.redeliver(id, AT_ONCE)));
  await levers.releaseWebhooks();
  await untilAll(tenure, orders, 'active');
  await untilQuiet(tenure, orders);

  const lengthBefore = await Promise.all(orders.map((order) => historyLength(tenure, order)));
  const later = await Promise.all(events.map(({ id }) => levers.redeliver(id, AT_ONCE)));
  for (const { status, type } of [...storm, ...later].flat()) {
    verdict.never(
      'a repeated webhook not answered with 2xx',
      status === 200,
      () => `${type}: ${status ?? 'no answer'}`,
    );
  }
  await judge(verdict, tenure, orders);
  await judgeWorld(verdict, tenure);
  for (const [index, order] of orders.entries()) {
    const length = await historyLength(tenure, order);
    verdict.never(
      'a workflow that was woken by a repetition',
      length === lengthBefore[index],
      () => `${order.id}: ${lengthBefore[index] ?? 0} events before, ${length} after`,
    );
  }
  verdict.figure('events', events.length);
  verdict.figure('deliveries', storm.flat().length + later.flat().length);
  await tenure.killWorker();
  return verdict.close();
}

/** Naively applied, each of them leaves another state. */
const FOUR = [
  'checkout.session.completed',
  'customer.subscription.updated',
  'invoice.payment_failed',
  'invoice.paid',
] as const;

/**
 * A purchase, a renewal that fails and its late payment; then four of their events arrive in each of the 24 orders, a purchase per
 * order, and the other events after them.
 */
export async function everyOrderOfEvents(): Promise<Verdict> {
  const verdict = openVerdict('F6', 'all 24 orders of four events');
  const tenure = await startTenure({ name: 'event-orders' });
  const levers = leversOf(tenure);
  await levers.holdWebhooks();
  const orders: Order[] = [];
  const wanted: string[][] = [];
  for (const types of permutations(FOUR)) {
    const { order, events } = await troubledPurchase(tenure, levers);
    orders.push(order);
    wanted.push(types.map((type) => events.find((event) => event.type === type)?.id ?? `no ${type}`));
  }
  const delivered = await levers.releaseWebhooks(wanted.flat());
  for (const ids of wanted) {
    const seen = delivered.map(({ event }) => event).filter((event) => ids.includes(event));
    verdict.never('another order than the wanted one', seen.join() === ids.join(), () => seen.join());
  }
  await untilAll(tenure, orders, ({ stage, standing }) => stage === 'active' && standing === 'paid');
  await untilQuiet(tenure, orders);

  const { rows } = await tenure.sql.query<object>(
    `select distinct stage, attention, billing_standing, paid_minor, ends_at_period_end, cancel_at_period_end from subscriptions`,
  );
  verdict.never('different ends for different orders', rows.length === 1, () => JSON.stringify(rows));
  await judge(verdict, tenure, orders);
  await judgeWorld(verdict, tenure);
  verdict.figure('orders of events', wanted.length);
  verdict.figure('events', delivered.length);
  await tenure.killWorker();
  return verdict.close();
}

/** Paid, not paid, and paid again, while no webhook goes out. Its events are the latest ones, newest first. */
async function troubledPurchase(
  tenure: Tenure,
  levers: Levers,
): Promise<{ order: Order; events: SentEvent[] }> {
  const earlier = new Set((await latestEvents(tenure)).map(({ id }) => id));
  const order = await purchase(tenure, { planKey: 'patient' }, CARDS.failsLater);
  const created = (await latestEvents(tenure)).find(({ type }) => type === 'customer.subscription.created');
  const billingRef = created?.data.object.id ?? '';
  await levers.renew(billingRef);
  await levers.payOpenInvoice(billingRef);
  const events = (await latestEvents(tenure)).filter(({ id }) => !earlier.has(id));
  return { order, events };
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}
