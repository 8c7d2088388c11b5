import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Problem } from '../../../schemas/api/common.ts';
import {
  type AuditEventView,
  type CustomerView,
  SCOPES,
  type SubscriptionView,
} from '../../../schemas/api/staff.ts';
import { fromEdgeId } from '../../../schemas/ids.ts';
import { count, placeOrder, snapshot, type PlacedOrder } from './orders.ts';
import { addKey, addTenant, client, type Shop, startShop } from './shop.ts';

interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

describe('customers, for staff', () => {
  let shop: Shop;
  before(async function () {
    this.timeout(60_000);
    shop = await startShop('customers');
  });

  const customerOf = async (order: PlacedOrder): Promise<CustomerView> => {
    const { data } = await shop.staff.get<SubscriptionView>(`/v1/subscriptions/${order.subscriptionId}`);
    return (await shop.staff.get<CustomerView>(`/v1/customers/${data.customer.id}`)).data;
  };
  const newCustomer = async (): Promise<CustomerView> => customerOf(await placeOrder(shop));
  const change = (id: string, body: unknown, headers: Record<string, string> = {}) =>
    shop.staff.patch<CustomerView & Problem>(`/v1/customers/${id}`, body, { headers });
  const list = async (params: object): Promise<Page<CustomerView>> =>
    (await shop.staff.get<Page<CustomerView>>('/v1/customers', { params })).data;
  const messages = ({ id }: CustomerView): Promise<number> =>
    count(shop, 'outbox', `kind = 'customer-changed' and subject_id = $1`, [fromEdgeId('customer', id)]);
  const events = async ({ id }: CustomerView): Promise<AuditEventView[]> =>
    (await shop.staff.get<Page<AuditEventView>>('/v1/audit-events')).data.data.filter(
      ({ subjectId }) => subjectId === id,
    );

  it('are shown as they ordered', async () => {
    const email = `${randomUUID()}@customer.example`;
    const { id, paymentRef, createdAt, ...rest } = await customerOf(
      await placeOrder(shop, { email, language: 'de' }),
    );
    assert.deepEqual(rest, { email, name: 'Jürgen Groß', language: 'de' });
    assert.match(id, /^cus_[0-9a-f]{32}$/);
    assert.match(paymentRef ?? '', /^cus_/);
    assert.ok(Date.parse(createdAt) <= Date.now());
  });

  it('are listed newest first, page by page, and found by their address', async () => {
    const email = `Grace.${randomUUID()}@customer.example`;
    const made: string[] = [];
    for (let order = 0; order < 3; order += 1) {
      made.unshift((await customerOf(await placeOrder(shop, { email }))).id);
    }
    await newCustomer();
    const first = await list({ email: email.toUpperCase(), limit: 2 });
    const rest = await list({ email, limit: 2, cursor: first.nextCursor });
    assert.deepEqual(
      [...first.data, ...rest.data].map(({ id }) => id),
      made,
    );
    assert.equal(rest.nextCursor, null);
    assert.equal((await list({ limit: 1 })).data.length, 1);
    assert.deepEqual((await list({ email: 'nobody@customer.example' })).data, []);
    assert.deepEqual((await list({ email: '%' })).data, []);
  });

  for (const query of ['limit=0', 'cursor=x', 'email=', 'email=a&email=b', 'name=x']) {
    it(`refuse ?${query}`, async () => {
      assert.equal((await shop.staff.get(`/v1/customers?${query}`)).status, 422);
    });
  }

  it('are corrected, with a trail that names the fields and not what stood in them', async () => {
    const customer = await newCustomer();
    const email = `new-${randomUUID()}@customer.example`;
    const { status, data } = await change(customer.id, { email, language: 'en' });
    assert.equal(status, 200, JSON.stringify(data));
    assert.deepEqual(data, { ...customer, email, language: 'en' });
    assert.deepEqual((await shop.staff.get(`/v1/customers/${customer.id}`)).data, data);
    assert.equal(await messages(customer), 1);
    const [event, ...others] = await events(customer);
    assert.equal(others.length, 0);
    assert.equal(event?.action, 'customer.changed');
    assert.equal(event.actorKind, 'staff');
    assert.deepEqual(event.data, { fields: ['email', 'language'] });
    for (const table of ['audit_events', 'outbox']) {
      assert.equal(await count(shop, table, `${table}::text like $1`, [`%${email}%`]), 0, table);
    }
  });

  it('stay as they are when nothing differs', async () => {
    const customer = await newCustomer();
    const before = await snapshot(shop);
    for (const body of [{}, { email: customer.email, name: customer.name }]) {
      const { status, data } = await change(customer.id, body);
      assert.equal(status, 200);
      assert.deepEqual(data, customer);
    }
    assert.deepEqual(await snapshot(shop), before);
  });

  it('are corrected once under one Idempotency-Key', async () => {
    const customer = await newCustomer();
    const headers = { 'idempotency-key': randomUUID() };
    const first = await change(customer.id, { name: 'Ada Example' }, headers);
    await change(customer.id, { name: 'Somebody Else' });
    const again = await change(customer.id, { name: 'Ada Example' }, headers);
    assert.equal(again.headers['idempotent-replayed'], 'true');
    assert.deepEqual(again.data, first.data);
    assert.equal((await change(customer.id, { name: 'Other' }, headers)).status, 422);
    assert.equal(
      (await shop.staff.get<CustomerView>(`/v1/customers/${customer.id}`)).data.name,
      'Somebody Else',
    );
    assert.equal(await messages(customer), 2);
  });

  it('end up as one of two colleagues wrote who correct them at once, told of twice', async () => {
    const customer = await newCustomer();
    const names = ['Ada Example', 'Ada Beispiel'];
    const answers = await Promise.all(names.map((name) => change(customer.id, { name })));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
    );
    const { data } = await shop.staff.get<CustomerView>(`/v1/customers/${customer.id}`);
    assert.ok(names.includes(data.name ?? ''));
    assert.equal(await messages(customer), 2);
  });

  const wrong: [string, unknown][] = [
    ['an address that is none', { email: 'ada' }],
    ['an address with a line break', { email: 'ada@customer.example\nBcc: all@customer.example' }],
    ['an address that is too long', { email: `${'a'.repeat(250)}@b.example` }],
    ['an empty name', { name: ' ' }],
    ['a name of two lines', { name: 'Ada\r\nExample' }],
    ['no name at all', { name: null }],
    ['a language that we do not speak', { language: 'fr' }],
    ['a field that is not theirs to change', { paymentRef: 'cus_other' }],
    ['something that is no object', []],
  ];
  for (const [what, body] of wrong) {
    it(`refuse ${what}, and stay as they are`, async () => {
      const customer = await newCustomer();
      const before = await snapshot(shop);
      const { status, data } = await change(customer.id, body);
      assert.equal(status, 422);
      assert.ok(data.errors?.[0]?.path.startsWith('body'), JSON.stringify(data));
      assert.deepEqual(await snapshot(shop), before);
    });
  }

  it('are not corrected before the payment provider knows them', async () => {
    const customer = await newCustomer();
    await shop.sql.query('update customers set payment_ref = null where id = $1', [
      fromEdgeId('customer', customer.id),
    ]);
    const { status, data } = await change(customer.id, { name: 'Ada Example' });
    assert.equal(status, 409);
    assert.equal(data.reason, 'order-being-placed');
    assert.deepEqual(await events(customer), []);
  });

  for (const id of ['x', `cus_${'0'.repeat(32)}`, `sub_${'0'.repeat(32)}`, '%00']) {
    it(`are unknown by the id ${id}`, async () => {
      assert.equal((await shop.staff.get(`/v1/customers/${id}`)).status, 404);
      const { status, data } = await change(id, { name: 'Ada' });
      assert.equal(status, 404);
      assert.equal(data.reason, 'unknown-customer');
    });
  }

  it('need a scope to be read and another to be changed', async () => {
    const customer = await newCustomer();
    const without = async (...missing: string[]) =>
      client(
        shop.url,
        await addKey(shop.sql, shop.deps.tenant.id, {
          scopes: SCOPES.filter((scope) => !missing.includes(scope)),
        }),
      );
    const reader = await without('customers:write');
    assert.equal((await reader.get(`/v1/customers/${customer.id}`)).status, 200);
    assert.equal((await reader.patch(`/v1/customers/${customer.id}`, { name: 'Ada' })).status, 403);
    const blind = await without('customers:read');
    assert.equal((await blind.get('/v1/customers')).status, 403);
    assert.equal((await blind.get(`/v1/customers/${customer.id}`)).status, 403);
  });

  it('of another tenant do not exist', async () => {
    const customer = await newCustomer();
    const stranger = client(shop.url, await addKey(shop.sql, await addTenant(shop, 'other')));
    const before = await snapshot(shop);
    assert.equal((await stranger.get(`/v1/customers/${customer.id}`)).status, 404);
    assert.equal((await stranger.patch(`/v1/customers/${customer.id}`, { name: 'Mine' })).status, 404);
    for (const params of [{}, { email: customer.email }]) {
      assert.deepEqual((await stranger.get<Page<CustomerView>>('/v1/customers', { params })).data.data, []);
    }
    assert.deepEqual(await snapshot(shop), before);
  });
});
