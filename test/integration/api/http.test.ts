import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROUTES } from '../../../api/openapi/routes.ts';
import type { Problem } from '../../../schemas/api/common.ts';
import { lab } from '../../harness/lab.ts';
import { newPostgres } from '../../harness/stack.ts';
import { checkoutRequest, placeOrder } from './orders.ts';
import { type Shop, startShop } from './shop.ts';

const anyParameters = (template: string): string => template.replaceAll(/\{\w+\}/g, 'x');

describe('the API as a whole', () => {
  let shop: Shop;
  before(async function () {
    this.timeout(60_000);
    shop = await startShop('http');
  });

  it('serves every route of its document, and only with the documented methods', async () => {
    const methods = ['get', 'post', 'put', 'patch', 'delete'];
    for (const template of new Set(ROUTES.map((route) => route.path))) {
      const allowed = ROUTES.filter((route) => route.path === template).map(({ method }) =>
        method.toUpperCase(),
      );
      for (const method of methods) {
        const { status, headers, data } = await shop.http.request<Problem>({
          method,
          url: anyParameters(template),
        });
        const where = `${method} ${template} → ${status}`;
        assert.ok(status < 500, where);
        if (allowed.includes(method.toUpperCase())) assert.notEqual(status, 405, where);
        else {
          assert.equal(status, 405, where);
          assert.equal(data.reason, 'method-not-allowed');
          const allow = String(headers['allow']).split(', ');
          for (const one of allowed) assert.ok(allow.includes(one), where);
        }
      }
    }
  }).timeout(60_000);

  it('answers HEAD like GET and OPTIONS with what is allowed', async () => {
    const head = await shop.http.head<string>('/v1/catalog');
    assert.equal(head.status, 200);
    assert.equal(head.data, '');
    const options = await shop.http.options('/v1/checkouts');
    assert.equal(options.status, 204);
    assert.equal(options.headers['allow'], 'POST, OPTIONS');
    const order = await placeOrder(shop);
    assert.equal((await shop.http.head(`/v1/orders/${order.orderToken}/events`)).status, 200);
  });

  const nowhere = [
    '/v1',
    '/v1/',
    '/v2/catalog',
    '/v1/catalog/',
    '/V1/catalog/x',
    '/.env',
    '/assets/../../package.json',
    '/%2e%2e/package.json',
    '/docs/assets/index.html',
    '/constructor',
    '/order',
    '/buy/a/b',
  ];
  for (const address of nowhere) {
    it(`knows nothing at ${address}`, async () => {
      const { status, headers } = await shop.http.get(address);
      assert.equal(status, 404);
      assert.match(String(headers['content-type']), /^application\/problem\+json/);
    });
  }

  it('calls an address that cannot be decoded what it is', async () => {
    const { status, data } = await shop.http.get<Problem>('/v1/orders/%FF');
    assert.equal(status, 400);
    assert.equal(data.reason, 'malformed-request');
  });

  it('gives every answer an id, its own or the caller’s, and logs it', async () => {
    const given = await shop.http.get('/v1/catalog', { headers: { 'x-request-id': 'abc-123' } });
    assert.equal(given.headers['x-request-id'], 'abc-123');
    const forged = await shop.http.get('/v1/catalog', { headers: { 'x-request-id': 'a b"}' } });
    assert.match(String(forged.headers['x-request-id']), /^[0-9a-f-]{36}$/);
    assert.ok(shop.logged.some((line) => line.includes('"id":"abc-123"')));
  });

  it('logs no headers and no queries', async () => {
    await shop.http.get('/v1/catalog?token=abc-secret', {
      headers: { authorization: 'Bearer tnr_secret', cookie: 'a=secret', referer: 'https://x/order/secret' },
    });
    assert.equal(shop.logged.join('').includes('secret'), false);
  });

  it('sends strict security headers', async () => {
    const { headers } = await shop.http.get('/v1/catalog');
    const csp = String(headers['content-security-policy']);
    for (const part of [
      "default-src 'self'",
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' data:",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "object-src 'none'",
    ]) {
      assert.ok(csp.includes(part), csp);
    }
    assert.equal(csp.includes('script-src'), false);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['x-powered-by'], undefined);
    assert.equal(headers['cache-control'], 'no-store');
  });

  it('limits how fast one sender may change things, and says when to come back', async () => {
    const slow = await startShop('http-slow', { rateLimit: { burst: 3, perSecond: 0.01 } });
    const statuses: number[] = [];
    for (let sent = 1; sent <= 4; sent += 1) {
      const { status, headers, data } = await slow.http.post<Problem>('/v1/checkouts', checkoutRequest());
      statuses.push(status);
      if (status !== 429) continue;
      assert.ok(Number(headers['retry-after']) > 0);
      assert.equal(data.reason, 'too-many-requests');
    }
    assert.deepEqual(statuses, [201, 201, 201, 429]);
    assert.equal((await slow.http.get('/v1/catalog')).status, 200);
  });

  describe('health', () => {
    it('tells what can be reached', async () => {
      assert.deepEqual((await shop.http.get('/healthz')).data, { status: 'ok' });
      const { status, data } = await shop.http.get<object>('/readyz');
      assert.equal(status, 200);
      assert.deepEqual(data, { ready: true, checks: { database: 'ok', gateway: 'ok', temporal: 'ok' } });
    });

    it('stays ready while Temporal is away: work is accepted and kept', async () => {
      shop.messenger.reachable = false;
      const { status, data } = await shop.http.get<object>('/readyz');
      shop.messenger.reachable = true;
      assert.equal(status, 200);
      assert.deepEqual(data, {
        ready: true,
        checks: { database: 'ok', gateway: 'ok', temporal: 'unreachable' },
      });
    });

    it('has metrics by route, without tokens', async () => {
      const order = await placeOrder(shop);
      await shop.http.get(`/v1/orders/${order.orderToken}`);
      await shop.http.get('/nowhere-to-be-found');
      const { data, headers } = await shop.http.get<string>('/metrics');
      assert.match(String(headers['content-type']), /^text\/plain/);
      assert.match(
        data,
        /tenure_http_request_duration_seconds_count{method="GET",route="\/v1\/orders\/{token}",status="200"} \d+/,
      );
      assert.match(data, /route="unmatched",status="404"/);
      assert.match(data, /^tenure_outbox_waiting [1-9]/m);
      assert.match(data, /^tenure_outbox_oldest_age_seconds \d/m);
      assert.equal(data.includes(order.orderToken), false);
    });
  });

  it('answers 503 with a next step while the database is away, and works again after', async () => {
    const postgres = await newPostgres('api-outage', { fsync: 'off' });
    const shaky = await startShop('http-shaky', {}, postgres);
    assert.equal((await shaky.http.get('/v1/catalog')).status, 200);
    await postgres.kill('SIGQUIT');
    for (const ask of [
      () => shaky.http.get<Problem>('/v1/catalog'),
      () =>
        shaky.http.post<Problem>('/v1/checkouts', checkoutRequest(), { headers: { 'idempotency-key': 'x' } }),
      () => shaky.staff.get<Problem>('/v1/subscriptions'),
    ]) {
      const { status, data, headers } = await ask();
      assert.equal(status, 503, JSON.stringify(data));
      assert.equal(data.reason, 'database-unavailable');
      assert.ok(headers['retry-after']);
    }
    const readiness = await shaky.http.get<{ ready: boolean }>('/readyz');
    assert.equal(readiness.status, 503);
    assert.equal(readiness.data.ready, false);
    assert.equal((await shaky.http.get('/healthz')).status, 200);
    assert.equal((await shaky.http.get('/metrics')).status, 200);
    await postgres.restart();
    assert.equal((await shaky.http.get('/v1/catalog')).status, 200);
    assert.equal((await shaky.http.post('/v1/checkouts', checkoutRequest())).status, 201);
  }).timeout(60_000);

  describe('documents and pages', () => {
    it('serves its OpenAPI document, which is the committed one', async () => {
      const { data } = await shop.http.get<object>('/openapi.json');
      const committed: unknown = JSON.parse(readFileSync('api/openapi.json', 'utf8'));
      assert.deepEqual(data, committed, 'run npm run openapi');
    });

    it('serves its documentation from itself alone', async () => {
      const { data, status } = await shop.http.get<string>('/docs');
      assert.equal(status, 200);
      const sources = [...data.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source ?? '');
      assert.equal(sources.length, 4);
      for (const source of sources) assert.equal((await shop.http.get(source)).status, 200, source);
      assert.equal(/https?:/.test(data), false);
    });

    it('serves the pages’ application at its addresses, and its files for long', async () => {
      const { dir } = await lab();
      const pagesDir = dir('pages');
      mkdirSync(path.join(pagesDir, 'assets'), { recursive: true });
      writeFileSync(path.join(pagesDir, 'index.html'), '<!doctype html><title>Shop</title>');
      writeFileSync(path.join(pagesDir, 'assets', 'index-abc123.js'), 'export {};');
      const withPages = await startShop('http-pages', { pagesDir });
      for (const address of ['/', '/buy/vps', '/order/some-token', '/credentials/some-token']) {
        const { status, data, headers } = await withPages.http.get<string>(address);
        assert.equal(status, 200, address);
        assert.match(data, /<title>Shop/);
        assert.equal(headers['cache-control'], 'no-cache');
        assert.equal(headers['referrer-policy'], 'no-referrer');
      }
      const asset = await withPages.http.get('/assets/index-abc123.js');
      assert.equal(asset.headers['cache-control'], 'public, max-age=31536000, immutable');
      assert.equal((await withPages.http.get('/assets/index-old.js')).status, 404);
      assert.equal((await withPages.http.post('/')).status, 404);
    });

    it('says so when the pages are not built', async () => {
      const without = await startShop('http-no-pages', { pagesDir: '/nowhere' });
      const { status, data } = await without.http.get<Problem>('/');
      assert.equal(status, 503);
      assert.equal(data.reason, 'pages-not-built');
    });
  });
});
