import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import net from 'node:net';
import pg from 'pg';
import Stripe from 'stripe';
import type { Problem } from '../../../schemas/api/common.ts';
import type { PaymentEventView } from '../../../schemas/api/staff.ts';
import { count, placeOrder } from './orders.ts';
import { type Shop, startShop, WEBHOOK_SECRET } from './shop.ts';

type Page<T> = { data: T[]; nextCursor: string | null };

interface EventOptions {
  id?: string;
  type?: string;
  subscriptionId?: string;
  checkoutRef?: string;
}

function eventBody({
  id = `evt_${randomUUID()}`,
  type = 'checkout.session.completed',
  subscriptionId,
  checkoutRef = `cs_${randomUUID()}`,
}: EventOptions = {}): string {
  return JSON.stringify({
    id,
    object: 'event',
    type,
    created: Math.floor(Date.now() / 1000),
    data: {
      object: {
        id: checkoutRef,
        object: 'checkout.session',
        metadata: subscriptionId === undefined ? {} : { tenure_subscription: subscriptionId },
      },
    },
  });
}

function sign(payload: string, { secret = WEBHOOK_SECRET, ageSeconds = 0 } = {}): string {
  const timestamp = Math.floor(Date.now() / 1000) - ageSeconds;
  return Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
}

describe('POST /webhooks/stripe', () => {
  let shop: Shop;
  before(async function () {
    this.timeout(60_000);
    shop = await startShop('webhook');
  });

  const send = (body: string, signature: string | undefined, to = shop) =>
    to.http.post<Problem & { received?: boolean }>('/webhooks/stripe', body, {
      headers: {
        'content-type': 'application/json; charset=utf-8',
        ...(signature === undefined ? {} : { 'stripe-signature': signature }),
      },
      transformRequest: (data: unknown) => data,
      maxBodyLength: Infinity,
    });
  const stored = (eventId: string) => count(shop, 'payment_events', 'event_id = $1', [eventId]);
  const queued = (eventId: string) =>
    count(
      shop,
      'outbox',
      `kind = 'payment-event' and subject_id in (select id from payment_events where event_id = $1)`,
      [eventId],
    );
  const outcomes = async (outcome: string): Promise<number> => {
    const { data } = await shop.http.get<string>('/metrics');
    return Number(new RegExp(`tenure_webhooks_total{outcome="${outcome}"} (\\d+)`).exec(data)?.[1] ?? 0);
  };

  it('stores an event and queues it', async () => {
    const order = await placeOrder(shop);
    const id = `evt_${randomUUID()}`;
    const body = eventBody({ id, subscriptionId: order.id });
    const { status, data } = await send(body, sign(body));
    assert.equal(status, 200);
    assert.deepEqual(data, { received: true });
    assert.equal(await queued(id), 1);
    const { rows } = await shop.sql.query<{ subscription_id: string; state: string }>(
      'select subscription_id, state from payment_events where event_id = $1',
      [id],
    );
    assert.deepEqual(rows, [{ subscription_id: order.id, state: 'stored' }]);
  });

  it('answers a repeated event like the first and stores it once, days later too', async () => {
    const id = `evt_${randomUUID()}`;
    const body = eventBody({ id });
    for (let time = 1; time <= 3; time += 1) assert.equal((await send(body, sign(body))).status, 200);
    await shop.sql.query(
      `update payment_events set received_at = now() - interval '72 hours' where event_id = $1`,
      [id],
    );
    assert.equal((await send(body, sign(body))).status, 200);
    assert.equal(await stored(id), 1);
    assert.equal(await queued(id), 1);
  });

  it('stores ten at once as one, and answers all ten with 200', async () => {
    for (let round = 1; round <= 10; round += 1) {
      const id = `evt_${randomUUID()}`;
      const body = eventBody({ id });
      const header = sign(body);
      const answers = await Promise.all(Array.from({ length: 10 }, () => send(body, header)));
      assert.deepEqual(
        answers.map(({ status }) => status),
        Array<number>(10).fill(200),
      );
      assert.equal(await stored(id), 1);
      assert.equal(await queued(id), 1);
    }
  });

  it('stores events that can change nothing without acting on them', async () => {
    const id = `evt_${randomUUID()}`;
    const body = eventBody({ id, type: 'some.future.event' });
    assert.equal((await send(body, sign(body))).status, 200);
    assert.equal(await stored(id), 1);
    assert.equal(await queued(id), 0);
    const { data } = await shop.staff.get<Page<PaymentEventView>>('/v1/payment-events');
    assert.equal(data.data.find(({ eventId }) => eventId === id)?.state, 'ignored');
  });

  it('takes events that name what is not an id of ours', async () => {
    const id = `evt_${randomUUID()}`;
    const body = eventBody({ id, subscriptionId: `'; drop table outbox; --` });
    assert.equal((await send(body, sign(body))).status, 200);
    assert.equal(await stored(id), 1);
  });

  const refused: { title: string; reason: string; signature: (body: string) => string | undefined }[] = [
    { title: 'without a signature', reason: 'signature-missing', signature: () => undefined },
    { title: 'with an empty signature', reason: 'signature-missing', signature: () => '' },
    { title: 'with a nonsense signature', reason: 'signature-invalid', signature: () => 't=1,v1=0' },
    {
      title: 'forged with another secret',
      reason: 'signature-invalid',
      signature: (body) => sign(body, { secret: 'whsec_other' }),
    },
    {
      title: 'signed over another body',
      reason: 'signature-invalid',
      signature: (body) => sign(`${body} `),
    },
    {
      title: 'whose signature is six minutes old',
      reason: 'signature-stale',
      signature: (body) => sign(body, { ageSeconds: 360 }),
    },
  ];
  for (const { title, reason, signature } of refused) {
    it(`refuses one ${title}`, async () => {
      const id = `evt_${randomUUID()}`;
      const body = eventBody({ id });
      const rejected = await outcomes('rejected');
      const { status, data } = await send(body, signature(body));
      assert.equal(status, 400);
      assert.equal(data.reason, reason);
      assert.equal(await stored(id), 0);
      assert.equal(await outcomes('rejected'), rejected + 1);
    });
  }

  for (const body of ['', 'not json', '[]', '{"id":"evt_1"}', '{"object":"event"}']) {
    it(`refuses a signed body that is no event: ${body || '(empty)'}`, async () => {
      const { status, data } = await send(body, sign(body));
      assert.equal(status, 400, JSON.stringify(data));
      assert.ok(['body-invalid', 'signature-invalid'].includes(data.reason), data.reason);
    });
  }

  it('refuses 10 MB with 413, by its announced length', async () => {
    const before = await count(shop, 'payment_events');
    const body = `{"padding":"${'x'.repeat(10 * 1024 * 1024)}"}`;
    const { status, data } = await send(body, sign(body));
    assert.equal(status, 413);
    assert.equal(data.reason, 'body-too-large');
    assert.equal(await count(shop, 'payment_events'), before);
  });

  it('answers 413 before the rest of an endless body has come', async () => {
    const { port } = new URL(shop.url);
    const socket = net.connect(Number(port), '127.0.0.1');
    socket.write('POST /webhooks/stripe HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n');
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    for (let written = 0; written < 20; written += 1) socket.write(chunk);
    const head = await new Promise<string>((resolve) => {
      socket.once('data', (data: Buffer) => resolve(data.toString()));
    });
    socket.destroy();
    assert.match(head, /^HTTP\/1\.1 413 /);
    assert.match(head, /"reason":"body-too-large"/);
  });

  it('is found under the provider’s name only', async () => {
    const body = eventBody();
    const { status } = await shop.http.post('/webhooks/paypal', body, {
      headers: { 'stripe-signature': sign(body) },
    });
    assert.equal(status, 404);
  });

  it('asks for it again (503) when the database is away', async () => {
    const gatewayPool = new pg.Pool({
      connectionString: 'postgres://nobody:nothing@127.0.0.1:1/none',
      connectionTimeoutMillis: 500,
    });
    const broken = await startShop('webhook-broken', { gatewayPool });
    const body = eventBody();
    const { status, data, headers } = await send(body, sign(body), broken);
    assert.equal(status, 503);
    assert.equal(data.reason, 'database-unavailable');
    assert.ok(headers['retry-after']);
  });
});
