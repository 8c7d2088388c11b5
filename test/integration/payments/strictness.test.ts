import assert from 'node:assert/strict';
import { buy, newOrder, openBench, SECRET_KEY, submit, type Bench } from './workbench.ts';

interface Answer {
  status: number;
  headers: Headers;
  body: {
    error?: { type: string; code?: string; param?: string; message: string };
    id: string;
    data: { id: string }[];
    has_more: boolean;
    [member: string]: unknown;
  };
}

describe('the stand-in of Stripe is as strict as Stripe', () => {
  let bench: Bench;
  before(async () => {
    bench = await openBench();
  });
  after(() => bench.close());

  async function call(
    method: string,
    path: string,
    fields?: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(`${bench.sandbox.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${SECRET_KEY}`, ...headers },
      body: fields && new URLSearchParams(fields),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Answer['body'],
    };
  }
  const post = (path: string, fields: Record<string, string>, headers?: Record<string, string>) =>
    call('POST', path, fields, headers);
  const problemOf = ({ status, body }: Answer): unknown[] => [
    status,
    body.error?.type,
    body.error?.code,
    body.error?.param,
  ];
  const session = async (changes: Record<string, string> = {}): Promise<Record<string, string>> => ({
    mode: 'subscription',
    customer: (await post('/v1/customers', { email: 'a@example.de' })).body.id,
    'line_items[0][price]': (
      await post('/v1/prices', {
        currency: 'eur',
        unit_amount: '1000',
        'recurring[interval]': 'month',
        'product_data[name]': 'Thing',
      })
    ).body.id,
    'line_items[0][quantity]': '1',
    success_url: 'https://shop.example/thanks',
    ...changes,
  });

  it('about keys', async () => {
    const none = await fetch(`${bench.sandbox.url}/v1/customers`);
    assert.equal(none.status, 401);
    assert.ok(none.headers.get('request-id')?.startsWith('req_'));
    const wrong = await call('GET', '/v1/customers', undefined, {
      authorization: 'Bearer sk_test_somebody_elses_key',
    });
    assert.deepEqual(problemOf(wrong).slice(0, 2), [401, 'invalid_request_error']);
    assert.doesNotMatch(wrong.body.error?.message ?? '', /somebody/);
    const basic = await call('GET', '/v1/customers', undefined, {
      authorization: `Basic ${Buffer.from(`${SECRET_KEY}:`).toString('base64')}`,
    });
    assert.equal(basic.status, 200);
  });

  it('about form encoding', async () => {
    const json = await fetch(`${bench.sandbox.url}/v1/customers`, {
      method: 'POST',
      headers: { authorization: `Bearer ${SECRET_KEY}`, 'content-type': 'application/json' },
      body: '{"email":"a@example.de"}',
    });
    assert.equal(json.status, 400);
  });

  it('about parameters', async () => {
    const cases: [string, Record<string, string>, unknown[]][] = [
      ['/v1/customers', { colour: 'red' }, [400, 'invalid_request_error', 'parameter_unknown', 'colour']],
      [
        '/v1/customers',
        { 'address[planet]': 'x' },
        [400, 'invalid_request_error', 'parameter_unknown', 'address[planet]'],
      ],
      ['/v1/customers', { email: 'a@b\nc' }, [400, 'invalid_request_error', 'email_invalid', 'email']],
      ['/v1/products', {}, [400, 'invalid_request_error', 'parameter_missing', 'name']],
      [
        '/v1/prices',
        { currency: 'eur', unit_amount: '1.5' },
        [400, 'invalid_request_error', 'parameter_invalid_integer', 'unit_amount'],
      ],
      ['/v1/refunds', { charge: 'ch_unknown' }, [400, 'invalid_request_error', 'resource_missing', 'charge']],
      [
        '/v1/checkout/sessions/cs_unknown/expire',
        {},
        [404, 'invalid_request_error', 'resource_missing', 'id'],
      ],
      ['/v1/nowhere', {}, [404, 'invalid_request_error', undefined, undefined]],
    ];
    for (const [path, fields, expected] of cases)
      assert.deepEqual(problemOf(await post(path, fields)), expected, path);
    assert.equal((await call('GET', '/v1/customers?colour=red')).status, 400);
    const malformed = await call('GET', '/v1/customers', undefined, { 'stripe-version': 'yesterday' });
    assert.equal(malformed.status, 400);
  });

  it('about checkout sessions', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const wrong: [string, Record<string, string>][] = [
      [
        'sepa for dollars',
        { ...(await session({ 'payment_method_types[0]': 'sepa_debit' })), ...(await dollars()) },
      ],
      ['too short', await session({ expires_at: String(now + 1_700) })],
      ['too long', await session({ expires_at: String(now + 90_000) })],
      ['codes and a discount', await session({ allow_promotion_codes: 'true', 'discounts[0][coupon]': 'x' })],
      ['tax without an address', await session({ 'automatic_tax[enabled]': 'true' })],
      ['no quantity', withoutKey(await session(), 'line_items[0][quantity]')],
      ['no success_url', withoutKey(await session(), 'success_url')],
      ['a customer twice', await session({ customer_email: 'a@example.de' })],
      ['a parameter of a later version', await session({ 'allowed_payment_method_types[0]': 'card' })],
    ];
    for (const [what, fields] of wrong) {
      assert.equal((await post('/v1/checkout/sessions', fields)).status, 400, what);
    }
    assert.equal((await post('/v1/checkout/sessions', await session())).status, 200);
    const oneOff = await post('/v1/prices', {
      currency: 'eur',
      unit_amount: '5',
      'product_data[name]': 'Once',
    });
    const onlyOnce = await session({ 'line_items[0][price]': oneOff.body.id });
    assert.equal((await post('/v1/checkout/sessions', onlyOnce)).status, 400);

    async function dollars(): Promise<Record<string, string>> {
      const fields = {
        currency: 'usd',
        unit_amount: '1',
        'recurring[interval]': 'month',
        'product_data[name]': 'X',
      };
      return { 'line_items[0][price]': (await post('/v1/prices', fields)).body.id };
    }
  });

  it('about idempotency keys', async () => {
    const key = { 'idempotency-key': 'the-key' };
    const [a, b] = await Promise.all([
      post('/v1/customers', { name: 'Once' }, key),
      post('/v1/customers', { name: 'Once' }, key),
    ]);
    assert.deepEqual([a.status, b.status].sort(), [200, 409]);
    const first = a.status === 200 ? a : b;
    const again = await post('/v1/customers', { name: 'Once' }, key);
    assert.equal(again.body.id, first.body.id);
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    assert.equal(again.headers.get('original-request'), first.headers.get('request-id'));
    const other = await post('/v1/customers', { name: 'Other' }, key);
    assert.deepEqual(problemOf(other).slice(0, 2), [400, 'idempotency_error']);
    const elsewhere = await post('/v1/products', { name: 'Once' }, key);
    assert.deepEqual(problemOf(elsewhere).slice(0, 2), [400, 'idempotency_error']);
    await post('/v1/products', {}, { 'idempotency-key': 'bad-first' });
    const corrected = await post('/v1/products', { name: 'Now right' }, { 'idempotency-key': 'bad-first' });
    assert.equal(corrected.status, 200, 'a refused request does not use its key up');
  });

  it('about its rate', async () => {
    const slow = await openBench({ requestsPerSecond: 2, webhookUrl: null });
    const statuses = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const response = await fetch(`${slow.sandbox.url}/v1/products`, {
          headers: { authorization: `Bearer ${SECRET_KEY}` },
        });
        return response.status;
      }),
    );
    await slow.close();
    assert.ok(statuses.includes(200) && statuses.includes(429), statuses.join());
  });

  it('and pages through lists', async () => {
    const made: string[] = [];
    for (const name of ['one', 'two', 'three']) {
      made.unshift((await post('/v1/customers', { name, email: 'pages@example.de' })).body.id);
    }
    const list = '/v1/customers?email=pages%40example.de&limit=2';
    const first = (await call('GET', list)).body;
    assert.deepEqual([first.data.map(({ id }) => id), first.has_more], [made.slice(0, 2), true]);
    const rest = (await call('GET', `${list}&starting_after=${made[1]}`)).body;
    assert.deepEqual([rest.data.map(({ id }) => id), rest.has_more], [made.slice(2), false]);
    const back = (await call('GET', `${list}&ending_before=${made[2]}`)).body;
    assert.deepEqual(
      back.data.map(({ id }) => id),
      made.slice(0, 2),
    );
  });

  it('and expands what may be expanded', async () => {
    const { billingRef } = await buy(bench);
    const path = `/v1/subscriptions/${await billingRef()}`;
    const { body } = await call('GET', `${path}?expand[]=latest_invoice.payments&expand[]=customer`);
    assert.equal((body['customer'] as { object: string }).object, 'customer');
    assert.equal((body['latest_invoice'] as { payments: { data: unknown[] } }).payments.data.length, 1);
    assert.equal((await call('GET', `${path}?expand[]=status`)).status, 400);
    assert.equal((await call('GET', `${path}?expand[]=a.b.c.d.e`)).status, 400);
  });

  it('and has no page for what it does not know', async () => {
    assert.equal((await fetch(`${bench.sandbox.url}/c/pay/cs_test_unknown`)).status, 404);
    assert.equal((await fetch(`${bench.sandbox.url}/c/pay/__proto__`)).status, 404);
    const { url } = await bench.gateway.createCheckout(newOrder());
    assert.equal((await submit(url, {})).status, 422);
  });
});

function withoutKey(fields: Record<string, string>, key: string): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== key));
}
