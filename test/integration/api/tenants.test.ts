import assert from 'node:assert/strict';
import pg from 'pg';
import type { CatalogView } from '../../../schemas/api/shop.ts';
import type { SubscriptionView } from '../../../schemas/api/staff.ts';
import { placeOrder, snapshot } from './orders.ts';
import { addKey, addTenant, client, type Shop, startShop } from './shop.ts';

const TENANT_TABLES = [
  'customers',
  'plans',
  'subscriptions',
  'instances',
  'images',
  'first_boots',
  'credential_links',
  'timeline',
  'audit_events',
  'payment_events',
  'outbox',
  'mails',
  'api_keys',
  'idempotency_keys',
  'imports',
  'import_entries',
  'operations',
  'snapshots',
  'instance_disks',
  'instance_addresses',
];

describe('two tenants', () => {
  let shop: Shop;
  let otherId: string;
  let stranger: ReturnType<typeof client>;
  before(async function () {
    this.timeout(60_000);
    shop = await startShop('tenants');
    otherId = await addTenant(shop, 'other');
    stranger = client(shop.url, await addKey(shop.sql, otherId));
  });

  it('do not see each other’s subscriptions, and cannot tell that they exist', async () => {
    const order = await placeOrder(shop);
    const address = `/v1/subscriptions/${order.subscriptionId}`;
    assert.equal((await shop.staff.get(address)).status, 200);
    assert.deepEqual((await stranger.get<{ data: SubscriptionView[] }>('/v1/subscriptions')).data.data, []);
    const before = await snapshot(shop);
    assert.equal((await stranger.get(address)).status, 404);
    assert.equal((await stranger.get(`${address}/timeline`)).status, 404);
    for (const [action, body] of [
      ['suspend', { reason: 'x' }],
      ['cancel', { when: 'now', reason: 'x' }],
      ['resume', {}],
      ['retry', {}],
      ['refund', { reason: 'x' }],
      ['rotate-credentials', {}],
    ] as const) {
      assert.equal((await stranger.post(`${address}/${action}`, body)).status, 404, action);
    }
    assert.deepEqual(await snapshot(shop), before);
    assert.equal(shop.messenger.calls, 0);
  });

  it('do not see each other’s trails, payment events and keys', async () => {
    await placeOrder(shop);
    for (const address of ['/v1/audit-events', '/v1/payment-events']) {
      assert.deepEqual((await stranger.get<{ data: unknown[] }>(address)).data.data, []);
    }
    const own = await stranger.get<{ data: { id: string }[] }>('/v1/api-keys');
    assert.equal(own.data.data.length, 1);
    const foreign = await shop.staff.get<{ data: { id: string }[] }>('/v1/api-keys');
    for (const { id } of foreign.data.data) {
      assert.equal((await stranger.delete(`/v1/api-keys/${id}`)).status, 404);
    }
  });

  it('have their own catalogues', async () => {
    await shop.sql.query(`update plans set on_sale = false where tenant_id = $1`, [otherId]);
    const { data } = await shop.http.get<CatalogView>('/v1/catalog');
    assert.ok(data.plans.length > 0);
  });

  describe('in raw SQL, as the application’s role', () => {
    let app: pg.Client;
    before(async () => {
      await placeOrder(shop);
      app = new pg.Client({ connectionString: shop.database.appUrl });
      await app.connect();
    });
    after(() => app.end());

    const asTenant = async <T>(tenantId: string | null, work: () => Promise<T>): Promise<T> => {
      await app.query('begin');
      try {
        if (tenantId !== null) await app.query(`select set_config('tenure.tenant_id', $1, true)`, [tenantId]);
        return await work();
      } finally {
        await app.query('rollback');
      }
    };
    const rows = async (sql: string): Promise<number> =>
      Number((await app.query<{ n: string }>(sql)).rows[0]?.n);

    for (const table of TENANT_TABLES) {
      it(`${table}: nothing without a tenant, only their own with one, and not by force`, async () => {
        const sql = `select count(*) as n from ${table}`;
        assert.equal(await asTenant(null, () => rows(sql)), 0);
        const foreign = `${sql} where tenant_id <> '${otherId}'`;
        assert.equal(await asTenant(otherId, () => rows(foreign)), 0);
        await asTenant(otherId, () =>
          app.query('set local row_security = off').then(() => app.query(sql)),
        ).then(
          () => assert.fail('row security could be switched off'),
          (error: unknown) => assert.match(String(error), /row-level security/),
        );
      });
    }

    it('a row cannot be written into another tenant, nor moved there', async () => {
      const { id } = shop.deps.tenant;
      await assert.rejects(
        asTenant(otherId, () =>
          app.query(
            `insert into customers (id, tenant_id, email, language) values (gen_random_uuid(), $1, 'a@b.example', 'en')`,
            [id],
          ),
        ),
        /row-level security/,
      );
      await assert.rejects(
        asTenant(id, () => app.query('update customers set tenant_id = $1', [otherId])),
        /row-level security|foreign key/,
      );
      const { rowCount } = await asTenant(otherId, () =>
        app.query(`update subscriptions set summary = 'mine'`),
      );
      assert.equal(rowCount, 0);
    });

    it('trails cannot be changed or deleted', async () => {
      for (const table of ['audit_events', 'timeline']) {
        for (const sql of [`delete from ${table}`, `update ${table} set data = '{}'`]) {
          await assert.rejects(
            asTenant(shop.deps.tenant.id, () => app.query(sql)),
            /permission denied/,
          );
        }
      }
    });

    it('the gateway’s role reads neither customers nor subscriptions', async () => {
      const gateway = new pg.Client({ connectionString: shop.database.gatewayUrl });
      await gateway.connect();
      try {
        for (const table of ['customers', 'subscriptions', 'instances', 'api_keys', 'plans']) {
          await assert.rejects(gateway.query(`select * from ${table}`), /permission denied/);
        }
      } finally {
        await gateway.end();
      }
    });
  });
});
