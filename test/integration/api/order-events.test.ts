import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OrderView } from '../../../schemas/api/shop.ts';
import { type PlacedOrder, placeOrder, putAt } from './orders.ts';
import { type Shop, startShop } from './shop.ts';

interface OrderEvent {
  id: string;
  order: OrderView;
}

interface Reader {
  events: OrderEvent[];
  headers: Headers;
  ended: Promise<void>;
  leave(): void;
  /** Waits until an event shows what is looked for. */
  until(what: (order: OrderView) => boolean): Promise<OrderEvent>;
}

async function read(shop: Shop, order: PlacedOrder, lastEventId?: string): Promise<Reader> {
  const leaving = new AbortController();
  const response = await fetch(`${shop.url}/v1/orders/${order.orderToken}/events`, {
    signal: leaving.signal,
    headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
  });
  assert.equal(response.status, 200);
  assert.ok(response.body);
  const events: OrderEvent[] = [];
  const ended = collect(response.body, events).catch(() => undefined);
  return {
    events,
    headers: response.headers,
    ended,
    leave: () => leaving.abort(),
    async until(what) {
      for (;;) {
        const found = events.find(({ order: seen }) => what(seen));
        if (found) return found;
        await sleep(10);
      }
    },
  };
}

async function collect(body: ReadableStream<Uint8Array>, events: OrderEvent[]): Promise<void> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string): string | undefined =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2);
      if (field('event') !== 'order') continue;
      events.push({ id: field('id') ?? '', order: JSON.parse(field('data') ?? '') as OrderView });
    }
  }
}

describe('GET /v1/orders/{token}/events', () => {
  let shop: Shop;
  let stopping: AbortController;
  before(async function () {
    this.timeout(60_000);
    stopping = new AbortController();
    shop = await startShop('order-events');
  });

  const happen = (order: PlacedOrder, kind: string) =>
    shop.sql.query(
      `insert into timeline (tenant_id, subscription_id, kind, dedupe_key) values ($1, $2, $3, gen_random_uuid()::text)`,
      [shop.deps.tenant.id, order.id, kind],
    );
  const listeners = async (): Promise<number> => {
    const { rows } = await shop.sql.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity where application_name = 'tenure-order-feed' and datname = current_database()`,
    );
    return rows[0]?.n ?? -1;
  };

  it('begins with the whole order and goes on with every change', async () => {
    const order = await placeOrder(shop);
    const reader = await read(shop, order);
    assert.match(reader.headers.get('content-type') ?? '', /^text\/event-stream/);
    const first = await reader.until(() => true);
    assert.equal(first.order.stage, 'awaiting-payment');
    assert.equal(first.id, String(first.order.timeline.at(-1)?.seq));

    await happen(order, 'payment-received');
    const paid = await reader.until(({ timeline }) =>
      timeline.some(({ kind }) => kind === 'payment-received'),
    );
    assert.ok(Number(paid.id) > Number(first.id));
    await putAt(shop, order, 'active');
    await reader.until(({ stage }) => stage === 'active');
    reader.leave();
    await reader.ended;
  });

  it('tells of one order only', async () => {
    const [mine, other] = [await placeOrder(shop), await placeOrder(shop)];
    const reader = await read(shop, mine);
    await reader.until(() => true);
    await happen(other, 'payment-received');
    await happen(mine, 'payment-failed');
    await reader.until(({ timeline }) => timeline.some(({ kind }) => kind === 'payment-failed'));
    for (const { order } of reader.events) assert.equal(order.subscriptionId, mine.subscriptionId);
    reader.leave();
  });

  it('gathers a burst into few events', async () => {
    const order = await placeOrder(shop);
    const reader = await read(shop, order);
    await reader.until(() => true);
    await Promise.all(Array.from({ length: 40 }, () => happen(order, 'mail-sent')));
    await reader.until(({ timeline }) => timeline.length === 41);
    assert.ok(reader.events.length < 20, `${reader.events.length} events`);
    reader.leave();
  });

  it('serves many readers over one connection, and none when nobody reads', async () => {
    const order = await placeOrder(shop);
    const readers = await Promise.all(Array.from({ length: 30 }, () => read(shop, order)));
    await Promise.all(readers.map((reader) => reader.until(() => true)));
    assert.equal(await listeners(), 1);
    await happen(order, 'payment-received');
    await Promise.all(readers.map((reader) => reader.until(({ timeline }) => timeline.length === 2)));
    for (const reader of readers) reader.leave();
    while ((await listeners()) > 0) await sleep(20);
  });

  it('makes up for what happened while its connection was broken', async () => {
    const order = await placeOrder(shop);
    const reader = await read(shop, order);
    await reader.until(() => true);
    await shop.sql.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tenure-order-feed' and datname = current_database()`,
    );
    await happen(order, 'payment-received');
    await reader.until(({ timeline }) => timeline.length === 2);
    reader.leave();
  });

  it('gives a reader who comes back the whole order again', async () => {
    const order = await placeOrder(shop);
    const reader = await read(shop, order);
    const { id } = await reader.until(() => true);
    reader.leave();
    await happen(order, 'payment-received');
    const again = await read(shop, order, id);
    await again.until(({ timeline }) => timeline.length === 2);
    again.leave();
  });

  it('ends when the process stops', async () => {
    const ending = await startShop('order-events-ending', { stopping: stopping.signal });
    const order = await placeOrder(ending);
    const reader = await read(ending, order);
    await reader.until(() => true);
    stopping.abort();
    await reader.ended;
  });
});
