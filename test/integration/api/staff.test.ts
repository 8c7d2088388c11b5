import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { Problem } from '../../../schemas/api/common.ts';
import type { TimelineEntry } from '../../../schemas/api/shop.ts';
import {
  type ApiKeyView,
  type AuditEventView,
  type CreatedApiKey,
  SCOPES,
  type SubscriptionView,
} from '../../../schemas/api/staff.ts';
import { readApiKey } from '../../../schemas/crypto/api-keys.ts';
import { answersDone } from './messenger-in-memory.ts';
import { count, handOver, placeOrder, putAt } from './orders.ts';
import { addKey, client, type Shop, startShop } from './shop.ts';

interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

describe('staff', () => {
  let shop: Shop;
  before(async function () {
    this.timeout(60_000);
    shop = await startShop('staff');
  });
  beforeEach(() => answersDone(shop.messenger));

  describe('API keys', () => {
    const get = async (authorization: string | undefined): Promise<[number, string]> => {
      const { status, data } = await shop.http.get<Problem>('/v1/subscriptions', {
        headers: authorization === undefined ? {} : { authorization },
      });
      return [status, data.reason];
    };
    const keyWith = (options: Parameters<typeof addKey>[2]) => addKey(shop.sql, shop.deps.tenant.id, options);

    it('are needed, whole and unchanged', async () => {
      const key = await keyWith({});
      assert.deepEqual(await get(undefined), [401, 'api-key-missing']);
      assert.deepEqual(await get('Basic dXNlcjpwYXNz'), [401, 'api-key-missing']);
      assert.deepEqual(await get('Bearer'), [401, 'api-key-missing']);
      assert.deepEqual(await get(`Bearer ${key.slice(0, -1)}`), [401, 'api-key-invalid']);
      assert.deepEqual(await get(`Bearer ${key}x`), [401, 'api-key-invalid']);
      assert.deepEqual(await get('Bearer tnr_00000000_' + 'x'.repeat(43)), [401, 'api-key-invalid']);
      assert.deepEqual(await get(`bearer ${key}`), [200, undefined as never]);
    });

    it('may expire, be revoked, and lack a scope', async () => {
      const past = new Date(Date.now() - 1_000);
      assert.deepEqual(await get(`Bearer ${await keyWith({ expiresAt: past })}`), [401, 'api-key-expired']);
      assert.deepEqual(await get(`Bearer ${await keyWith({ revokedAt: past })}`), [401, 'api-key-revoked']);
      const narrow = await keyWith({ scopes: SCOPES.filter((scope) => scope !== 'subscriptions:read') });
      assert.deepEqual(await get(`Bearer ${narrow}`), [403, 'scope-missing']);
    });

    it('know when they were used last, by the minute', async () => {
      const key = await keyWith({});
      const prefix = readApiKey(key)?.prefix;
      const staff = client(shop.url, key);
      await staff.get('/v1/subscriptions');
      await staff.get('/v1/subscriptions');
      const { rows } = await shop.sql.query<{ last_used_at: Date | null }>(
        'select last_used_at from api_keys where prefix = $1',
        [prefix],
      );
      assert.ok(rows[0]?.last_used_at);
    });

    it('are created with a trail, shown once, listed without secret, and revoked', async () => {
      const { status, data } = await shop.staff.post<z.infer<typeof CreatedApiKey>>('/v1/api-keys', {
        name: 'Console',
        scopes: ['subscriptions:read', 'subscriptions:read'],
      });
      assert.equal(status, 201);
      assert.deepEqual(data.scopes, ['subscriptions:read']);
      const made = client(shop.url, data.secret);
      assert.equal((await made.get('/v1/subscriptions')).status, 200);
      assert.equal((await made.get('/v1/audit-events')).status, 403);
      const listed = await shop.staff.get<Page<ApiKeyView>>('/v1/api-keys');
      assert.ok(listed.data.data.some(({ id }) => id === data.id));
      assert.equal(JSON.stringify(listed.data).includes(data.secret), false);
      assert.equal(await count(shop, 'api_keys', 'hash = $1', [data.secret]), 0);

      for (let time = 1; time <= 2; time += 1) {
        assert.equal((await shop.staff.delete(`/v1/api-keys/${data.id}`)).status, 204);
      }
      assert.equal((await made.get('/v1/subscriptions')).status, 401);
      const actions = ['api-key.created', 'api-key.revoked'];
      assert.equal(
        await count(shop, 'audit_events', 'subject_id = $1 and action = any($2)', [data.id, actions]),
        2,
      );
    });

    it('give nobody more than they have', async () => {
      const narrow = client(shop.url, await keyWith({ scopes: ['keys:write'] }));
      const { status } = await narrow.post('/v1/api-keys', { name: 'More', scopes: ['codec:decode'] });
      assert.equal(status, 403);
    });

    it('come again under the same Idempotency-Key', async () => {
      const headers = { 'idempotency-key': randomUUID() };
      const body = { name: 'Twice', scopes: ['audit:read'] };
      const first = await shop.staff.post<object>('/v1/api-keys', body, { headers });
      assert.deepEqual((await shop.staff.post('/v1/api-keys', body, { headers })).data, first.data);
      assert.equal(await count(shop, 'api_keys', `name = 'Twice'`), 1);
    });
  });

  describe('subscriptions', () => {
    it('are listed newest first, page by page, each once', async () => {
      const orders = [];
      for (let made = 0; made < 5; made += 1) orders.push(await placeOrder(shop));
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const { data }: { data: Page<SubscriptionView> } = await shop.staff.get('/v1/subscriptions', {
          params: { limit: 2, ...(cursor === null ? {} : { cursor }) },
        });
        assert.ok(data.data.length <= 2);
        seen.push(...data.data.map(({ id }) => id));
        cursor = data.nextCursor;
      } while (cursor !== null);
      assert.equal(new Set(seen).size, seen.length);
      assert.deepEqual(seen.slice(0, 5), orders.map(({ subscriptionId }) => subscriptionId).reverse());
    });

    it('are filtered by stage, attention and customer', async () => {
      const order = await placeOrder(shop);
      const attention = { reason: 'mail-failed', message: 'x', options: [], since: new Date().toISOString() };
      await putAt(shop, order, 'past-due', { attention });
      const list = async (params: object): Promise<string[]> =>
        (await shop.staff.get<Page<SubscriptionView>>('/v1/subscriptions', { params })).data.data.map(
          ({ id }) => id,
        );
      assert.deepEqual(await list({ stage: 'past-due' }), [order.subscriptionId]);
      assert.deepEqual(await list({ attention: 'true' }), [order.subscriptionId]);
      assert.equal((await list({ attention: 'false' })).includes(order.subscriptionId), false);
      const { data } = await shop.staff.get<SubscriptionView>(`/v1/subscriptions/${order.subscriptionId}`);
      assert.deepEqual(await list({ customerId: data.customer.id }), [order.subscriptionId]);
    });

    it('are shown with their servers and the way to the Temporal UI, without passwords', async () => {
      const order = await placeOrder(shop);
      await handOver(shop, order);
      const { data } = await shop.staff.get<SubscriptionView>(`/v1/subscriptions/${order.subscriptionId}`);
      assert.equal(data.workflowId, `subscription/${order.subscriptionId}`);
      assert.equal(
        data.temporalUrl,
        `http://127.0.0.1:8233/namespaces/default/workflows/subscription%2F${order.subscriptionId}`,
      );
      assert.equal(data.instances[0]?.hostname, 'vps-1');
      assert.equal(JSON.stringify(data).includes('secret'), false);
    });

    it('have a timeline, page by page', async () => {
      const order = await placeOrder(shop);
      for (const kind of ['payment-received', 'activated']) {
        await shop.sql.query(
          `insert into timeline (tenant_id, subscription_id, kind, dedupe_key) values ($1, $2, $3, gen_random_uuid()::text)`,
          [shop.deps.tenant.id, order.id, kind],
        );
      }
      const address = `/v1/subscriptions/${order.subscriptionId}/timeline`;
      const first = await shop.staff.get<Page<TimelineEntry>>(address, { params: { limit: 2 } });
      assert.deepEqual(
        first.data.data.map(({ kind }) => kind),
        ['activated', 'payment-received'],
      );
      const rest = await shop.staff.get<Page<TimelineEntry>>(address, {
        params: { cursor: first.data.nextCursor },
      });
      assert.deepEqual(
        rest.data.data.map(({ kind }) => kind),
        ['order-received'],
      );
      assert.equal(rest.data.nextCursor, null);
    });

    const wrongQueries = [
      'limit=0',
      'limit=201',
      'limit=ten',
      'limit=1&limit=2',
      'cursor=x',
      'cursor=',
      'stage=gone',
      'customerId=1',
      'any=thing',
      'cursor=1%3B%20drop',
    ];
    for (const query of wrongQueries) {
      it(`refuse ?${query}`, async () => {
        assert.equal((await shop.staff.get(`/v1/subscriptions?${query}`)).status, 422);
      });
    }

    for (const id of [
      'x',
      'sub_',
      `sub_${'0'.repeat(32)}`,
      `sub_${'z'.repeat(32)}`,
      `cus_${'0'.repeat(32)}`,
      '%00',
      "'--",
    ]) {
      it(`do not know ${id}`, async () => {
        assert.equal((await shop.staff.get(`/v1/subscriptions/${id}`)).status, 404);
        assert.equal((await shop.staff.get(`/v1/subscriptions/${id}/timeline`)).status, 404);
        assert.equal((await shop.staff.post(`/v1/subscriptions/${id}/resume`, {})).status, 404);
      });
    }
  });

  describe('actions', () => {
    const bodies: Record<string, object> = {
      suspend: { reason: 'Abuse' },
      resume: {},
      cancel: { when: 'now', reason: 'Asked' },
      retry: {},
      refund: { reason: 'Sold out' },
      'rotate-credentials': {},
    };
    for (const [action, body] of Object.entries(bodies)) {
      it(`${action}: asked once, with the key’s name in the trail`, async () => {
        const order = await placeOrder(shop);
        const address = `/v1/subscriptions/${order.subscriptionId}/${action}`;
        const headers = { 'idempotency-key': `k-${randomUUID()}` };
        const first = await shop.staff.post<SubscriptionView>(address, body, { headers });
        assert.equal(first.status, 200, JSON.stringify(first.data));
        assert.equal((await shop.staff.post(address, body, { headers })).status, 200);
        const asked = shop.messenger.seen.filter(({ subscriptionId }) => subscriptionId === order.id);
        assert.equal(asked.length, 1);
        const { by, ...request } = asked[0]?.request as { by: { kind: string; id: string } };
        assert.deepEqual(request, body);
        assert.equal(by.kind, 'staff');
        const { data } = await shop.staff.get<Page<AuditEventView>>('/v1/audit-events');
        const event = data.data.find(({ subjectId }) => subjectId === order.subscriptionId);
        assert.equal(event?.action, `subscription.${action}`);
        assert.equal(event?.actorId, by.id);
        assert.deepEqual(event?.data, body);
      });
    }

    it('two keys that choose the same Idempotency-Key do not meet', async () => {
      const order = await placeOrder(shop);
      const colleague = client(shop.url, await addKey(shop.sql, shop.deps.tenant.id));
      const headers = { 'idempotency-key': '1' };
      const address = `/v1/subscriptions/${order.subscriptionId}/resume`;
      await shop.staff.post(address, {}, { headers });
      await colleague.post(address, {}, { headers });
      const asked = shop.messenger.seen.filter(({ subscriptionId }) => subscriptionId === order.id);
      assert.equal(asked.length, 2);
    });

    it('are kept while Temporal is away', async () => {
      const order = await placeOrder(shop);
      shop.messenger.answer = null;
      const { status, data } = await shop.staff.post<{ accepted: boolean }>(
        `/v1/subscriptions/${order.subscriptionId}/suspend`,
        { reason: 'Abuse' },
      );
      assert.equal(status, 202);
      assert.equal(data.accepted, true);
    });

    it('tell when the subscription is over', async () => {
      const order = await placeOrder(shop);
      await putAt(shop, order, 'torn-down');
      shop.messenger.answer = { outcome: 'finished' };
      const { status, data } = await shop.staff.post<Problem>(
        `/v1/subscriptions/${order.subscriptionId}/resume`,
        {},
      );
      assert.equal(status, 409);
      assert.equal(data.reason, 'subscription-over');
    });

    it('need what they need', async () => {
      const order = await placeOrder(shop);
      const address = `/v1/subscriptions/${order.subscriptionId}`;
      assert.equal((await shop.staff.post(`${address}/suspend`)).status, 422);
      assert.equal((await shop.staff.post(`${address}/suspend`, { reason: '' })).status, 422);
      assert.equal((await shop.staff.post(`${address}/cancel`, { reason: 'x' })).status, 422);
      assert.equal((await shop.staff.post(`${address}/resume`, { force: true })).status, 422);
      assert.equal((await shop.staff.post(`${address}/resume`)).status, 200);
    });
  });
});
