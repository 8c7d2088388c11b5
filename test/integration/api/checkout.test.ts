import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Problem } from '../../../schemas/api/common.ts';
import type { CheckoutAnswer, OrderView, ShopPlan } from '../../../schemas/api/shop.ts';
import { fromEdgeId } from '../../../schemas/ids.ts';
import { checkoutRequest, count, placeOrder, snapshot } from './orders.ts';
import { type Shop, startShop } from './shop.ts';

type PlanProblem = Problem & { plan?: ShopPlan };

describe('POST /v1/checkouts', () => {
  let shop: Shop;
  before(async function () {
    this.timeout(60_000);
    shop = await startShop('checkout');
  });

  describe('a good order', () => {
    it('is written with its trail and its message in one go, and has a payment page', async () => {
      const request = checkoutRequest({ quantity: 2 });
      const { status, data } = await shop.http.post<CheckoutAnswer>('/v1/checkouts', request);
      assert.equal(status, 201);
      const id = fromEdgeId('subscription', data.subscriptionId);
      assert.match(data.paymentUrl, /^http:\/\/127\.0\.0\.1:\d+\//);
      assert.equal(data.orderUrl, `${shop.url}/order/${data.orderToken}`);

      const { rows } = await shop.sql.query<Record<string, unknown>>(
        `select s.*, c.email, c.name, c.payment_ref from subscriptions s join customers c on c.id = s.customer_id where s.id = $1`,
        [id],
      );
      const [row] = rows;
      assert.ok(row);
      assert.equal(row['stage'], 'awaiting-payment');
      assert.equal(row['provider'], 'vultr');
      assert.equal(row['amount_minor'], '1000');
      assert.equal(row['setup_fee_minor'], '500');
      assert.equal(row['quantity'], 2);
      assert.equal(row['email'], request.email);
      assert.equal(row['name'], 'Jürgen Groß');
      assert.equal(row['language'], 'de');
      assert.match(String(row['checkout_ref']), /^cs_/);
      assert.match(String(row['payment_ref']), /^cus_/);
      assert.equal(row['checkout_url'], data.paymentUrl);
      assert.equal(await count(shop, 'timeline', 'subscription_id = $1', [id]), 1);
      assert.equal(await count(shop, 'audit_events', 'subject_id = $1', [data.subscriptionId]), 1);
      assert.equal(await count(shop, 'outbox', `subject_id = $1 and kind = 'subscription-created'`, [id]), 1);
    });

    it('shows on the order page', async () => {
      const order = await placeOrder(shop);
      const { status, data } = await shop.http.get<OrderView>(`/v1/orders/${order.orderToken}`);
      assert.equal(status, 200);
      assert.equal(data.stage, 'awaiting-payment');
      assert.equal(data.paymentUrl, order.paymentUrl);
      assert.deepEqual(data.actions, ['cancel']);
      assert.deepEqual(
        data.timeline.map(({ kind }) => kind),
        ['order-received'],
      );
    });

    it('makes a new customer each time, so that a guest cannot reach another’s saved data', async () => {
      const email = 'same@customer.example';
      const [first, second] = [await placeOrder(shop, { email }), await placeOrder(shop, { email })];
      const { rows } = await shop.sql.query<{ customers: number; refs: number }>(
        `select count(distinct s.customer_id)::int as customers, count(distinct c.payment_ref)::int as refs
         from subscriptions s join customers c on c.id = s.customer_id where s.id = any($1)`,
        [[first.id, second.id]],
      );
      assert.deepEqual(rows[0], { customers: 2, refs: 2 });
    });
  });

  describe('a bad order gets a clear error and changes nothing', () => {
    const cases: {
      title: string;
      body: unknown;
      status: number;
      reason: string;
      paths?: string[];
      type?: string;
    }[] = [
      {
        title: 'an unknown plan',
        body: checkoutRequest({ planKey: 'no-such-plan' }),
        status: 404,
        reason: 'unknown-plan',
      },
      {
        title: 'a price changed between page and payment',
        body: checkoutRequest({ expectedTotalMinor: 1_499 }),
        status: 409,
        reason: 'price-changed',
      },
      {
        title: 'a version that is not on sale, at the same price',
        body: checkoutRequest({ planVersion: 7 }),
        status: 409,
        reason: 'plan-changed',
      },
      {
        title: 'an e-mail address with a newline in it',
        body: checkoutRequest({ email: 'ada@customer.example\nBcc: all@customer.example' }),
        status: 422,
        reason: 'invalid-request',
        paths: ['body.email'],
      },
      {
        title: 'a name with a newline in it',
        body: checkoutRequest({ name: 'Ada\r\nSubject: Hello' }),
        status: 422,
        reason: 'invalid-request',
        paths: ['body.name'],
      },
      {
        title: 'a region where the plan is not sold',
        body: checkoutRequest({ region: 'syd' }),
        status: 422,
        reason: 'not-sold-so',
        paths: ['body.region'],
      },
      {
        title: 'a region that is a property of every object',
        body: checkoutRequest({ region: 'toS' }),
        status: 422,
        reason: 'invalid-request',
        paths: ['body.region'],
      },
      {
        title: 'an interval that is not sold',
        body: checkoutRequest({ interval: 'year', currency: 'eur' }),
        status: 422,
        reason: 'not-sold-so',
        paths: ['body.currency'],
      },
      {
        title: 'more than may be bought',
        body: checkoutRequest({ quantity: 6 }),
        status: 422,
        reason: 'not-sold-so',
        paths: ['body.quantity'],
      },
      {
        title: 'a quantity of zero',
        body: checkoutRequest({ quantity: 0 }),
        status: 422,
        reason: 'invalid-request',
        paths: ['body.quantity'],
      },
      {
        title: 'a huge number',
        body: '{"planVersion": 1e999}',
        status: 422,
        reason: 'invalid-request',
      },
      {
        title: 'a NUL in a text',
        body: checkoutRequest({ name: 'Ada\0' }),
        status: 422,
        reason: 'invalid-request',
        paths: ['body.name'],
      },
      {
        title: 'half a character in a text',
        body: JSON.stringify(checkoutRequest({ name: 'X' })).replace('"X"', '"Ada \\ud800"'),
        status: 422,
        reason: 'invalid-request',
        paths: ['body.name'],
      },
      {
        title: 'an unknown field',
        body: { ...checkoutRequest(), amountMinor: 1 },
        status: 422,
        reason: 'invalid-request',
      },
      { title: 'a body that is not JSON', body: 'planKey=vps', status: 400, reason: 'body-not-json' },
      { title: 'broken UTF-8', body: Buffer.from([0x22, 0xff, 0x22]), status: 400, reason: 'body-not-json' },
      { title: 'JSON that is no object', body: 'null', status: 422, reason: 'invalid-request' },
      {
        title: 'deeply nested JSON',
        body: '['.repeat(30_000) + ']'.repeat(30_000),
        status: 422,
        reason: 'invalid-request',
      },
      { title: 'no body', body: '', status: 422, reason: 'invalid-request' },
      {
        title: 'a body of another type',
        body: '<order/>',
        type: 'application/xml',
        status: 415,
        reason: 'unsupported-media-type',
      },
      {
        title: 'JSON in another character set',
        body: '{}',
        type: 'application/json; charset=utf-16',
        status: 415,
        reason: 'unsupported-media-type',
      },
      {
        title: 'a body of 65 kB',
        body: JSON.stringify({ name: 'a'.repeat(65 * 1024) }),
        status: 413,
        reason: 'body-too-large',
      },
      {
        title: 'a promotion code that does not exist',
        body: checkoutRequest({ promotionCode: 'NOSUCHCODE' }),
        status: 422,
        reason: 'payment-details-refused',
        paths: ['body.promotionCode'],
      },
    ];

    for (const { title, body, status, reason, paths, type = 'application/json' } of cases) {
      it(`${title} → ${status} ${reason}`, async () => {
        const before = await snapshot(shop);
        const answer = await shop.http.post<Problem>('/v1/checkouts', body, {
          headers: { 'content-type': type },
          transformRequest: (data: unknown) =>
            typeof data === 'string' || Buffer.isBuffer(data) ? data : JSON.stringify(data),
        });
        assert.equal(answer.status, status, JSON.stringify(answer.data));
        assert.equal(answer.data.reason, reason);
        if (paths)
          assert.deepEqual(
            answer.data.errors?.map(({ path }) => path),
            paths,
          );
        // The payment provider is asked only about an order that is written down, so that one stays; nothing else may.
        if (reason !== 'payment-details-refused') assert.deepEqual(await snapshot(shop), before);
      });
    }

    it('tells the plan as it is sold now when the page is out of date', async () => {
      const { data } = await shop.http.post<PlanProblem>(
        '/v1/checkouts',
        checkoutRequest({ expectedTotalMinor: 1 }),
      );
      assert.equal(data.plan?.key, 'vps');
      assert.equal(data.plan?.prices[0]?.amountMinor, 1_000);
    });

    it('says so when the plan’s providers are not configured', async () => {
      const elsewhere = await startShop('checkout-nobody', { hypervisors: new Map() });
      const { data, status } = await elsewhere.http.post<Problem>('/v1/checkouts', checkoutRequest());
      assert.equal(status, 409);
      assert.equal(data.reason, 'plan-unavailable');
      assert.equal(await count(elsewhere, 'subscriptions'), 0);
    });
  });

  describe('the payment provider is down', () => {
    it('keeps the order, says what to do, and goes on with it under the same Idempotency-Key', async () => {
      const request = checkoutRequest();
      const headers = { 'idempotency-key': randomUUID() };
      shop.stripe.faults.add({ method: 'POST', path: '/v1/checkout/sessions$', kind: 'status', times: null });
      const failed = await shop.http.post<Problem>('/v1/checkouts', request, { headers });
      assert.equal(failed.status, 503, JSON.stringify(failed.data));
      assert.equal(failed.data.reason, 'payment-provider-unavailable');
      assert.ok(Number(failed.headers['retry-after']) > 0);
      shop.stripe.faults.clear();

      const again = await shop.http.post<CheckoutAnswer>('/v1/checkouts', request, { headers });
      assert.equal(again.status, 201, JSON.stringify(again.data));
      const { rows } = await shop.sql.query<{ n: number }>(
        'select count(*)::int as n from subscriptions s join customers c on c.id = s.customer_id where c.email = $1',
        [request.email],
      );
      assert.equal(rows[0]?.n, 1);
    }).timeout(30_000);
  });
});
