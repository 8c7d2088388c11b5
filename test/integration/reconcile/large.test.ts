import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { createVultrDriver } from '../../../activities/hypervisors/vultr.ts';
import { createReconcileActivities } from '../../../activities/reconcile/activities.ts';
import { createComparisonFacts } from '../../../activities/reconcile/comparison.ts';
import { openDatabase } from '../../../schemas/db/data-source.ts';
import type { Inventory, Pass } from '../../../schemas/fleet/findings.ts';
import { lab } from '../../harness/lab.ts';
import { seedSubscription } from '../../harness/seed.ts';
import { newDatabase } from '../../harness/stack.ts';
import { openLargeAccount, type AccountInstance, type LargeAccount } from './account.ts';

const OURS = 10_000;
const PAGE = 500;
/** Rows that may be on their way between the list and the database: a page, and a batch. */
const MOST_HELD = PAGE + 300;

describe('the reconciler before a large account', function () {
  this.timeout(120_000);
  let db: DataSource;
  let sql: pg.Pool;
  let account: LargeAccount;
  let tenantId: string;
  let at: ReturnType<typeof createReconcileActivities>;
  let facts: ReturnType<typeof createComparisonFacts>;
  /** Rows read and not yet written when a page was asked for. */
  let mostHeld = 0;

  const seen = async (): Promise<number> => {
    const { rows } = await sql.query<{ count: number }>('select count(*)::int as count from sightings');
    return rows[0]?.count ?? 0;
  };
  const findings = async (kind: string): Promise<{ ref: string; state: string }[]> => {
    const { rows } = await sql.query<{ ref: string; state: string }>(
      'select ref, state from findings where kind = $1 order by ref',
      [kind],
    );
    return rows;
  };
  const run = <T>(work: () => Promise<T>): Promise<T> => new MockActivityEnvironment().run(work);
  const compare = async (): Promise<{
    pass: Pass;
    inventory: Inventory;
    lost: { missing: number; braked: boolean };
  }> => {
    const pass = { tenantId, provider: 'vultr', passId: randomUUID() };
    const inventory = await run(() => at.readInventory(pass));
    await facts.compareInventory({ ...pass, inventory });
    const lost = await run(() => at.confirmMissing({ ...pass, inventory }));
    return { pass, inventory, lost };
  };

  before(async () => {
    const { onEnd } = await lab();
    const database = await newDatabase();
    db = await openDatabase({ url: database.appUrl, poolSize: 5, applicationName: 'test' });
    onEnd(() => db.destroy());
    sql = new pg.Pool({ connectionString: database.adminUrl, max: 2 });
    sql.on('error', () => undefined);
    onEnd(() => sql.end());
    const seeded = await seedSubscription(db);
    ({ tenantId } = seeded);
    await sql.query(
      `insert into instances (id, tenant_id, subscription_id, ordinal, generation, key, state, provider, provider_ref, hostname, region,
         address, protocol, port, username, secret, created_at, updated_at)
       select gen_random_uuid(), $1, $2, n, 1, 'key-' || n, 'active', 'vultr', 'ref-' || n, 'ref-' || n, 'fra', '203.0.113.1', 'ssh', 22,
         'root', 'x', now() - interval '1 day', now() - interval '1 day' from generate_series(1, ${OURS}) n`,
      [tenantId, seeded.subscriptionId],
    );
    await sql.query(`update subscriptions set stage = 'active' where id = $1`, [seeded.subscriptionId]);
    const ours = Array.from({ length: OURS }, (_, n): AccountInstance => ({
      id: `ref-${n + 1}`,
      key: `key-${n + 1}`,
    }));
    account = await openLargeAccount(ours, async (page) => {
      if ((account.asked.get('/v2/snapshots') ?? 0) > 0) return;
      mostHeld = Math.max(mostHeld, page * PAGE - (await seen()));
    });
    const hypervisor = createVultrDriver({
      apiKey: 'key',
      apiBase: account.url,
      timeoutMs: 5_000,
      createSettleMs: 1_000,
      pollMs: 20,
      requestsPerSecond: 10_000,
    });
    at = createReconcileActivities({ db, hypervisor, brakePercent: 20, isRemovalOn: false, minAgeHours: 24 });
    const triggers = [{ name: 'cluster', advice: 'a cluster', customers: 200, mrrMinor: 500_000 }];
    facts = createComparisonFacts({
      db,
      snapshotDays: 30,
      capacity: { alertPercent: 85, alertDays: 14, trendDays: 14, triggers },
    });
  });
  beforeEach(() => account.asked.clear());

  it('asks for each page once and holds no more than a page and a batch', async () => {
    const { inventory, lost } = await compare();
    assert.equal(inventory.instances, OURS);
    assert.deepEqual(Object.fromEntries(account.asked), { '/v2/instances': OURS / PAGE, '/v2/snapshots': 1 });
    assert.ok(mostHeld <= MOST_HELD, `${mostHeld} rows were held`);
    assert.deepEqual(lost, { missing: 0, braked: false });
    const { rows } = await sql.query('select kind, ref from findings');
    assert.deepEqual(rows, []);
  });

  it('finds the ten that are gone and the three that belong to nobody, and asks only for the ten', async () => {
    const strangers = [1, 2].map((n): AccountInstance => ({ id: `other-${n}`, key: null }));
    const orphans = [1, 2, 3].map((n): AccountInstance => ({ id: `orphan-${n}`, key: `nobody-${n}` }));
    account.instances = [...account.instances.slice(10), ...strangers, ...orphans];
    const { lost } = await compare();
    assert.deepEqual(lost, { missing: 10, braked: false });
    assert.equal([...account.asked.keys()].filter((path) => path.startsWith('/v2/instances/')).length, 10);
    const unknown = await findings('unknown');
    assert.deepEqual(
      unknown.map(({ ref }) => ref),
      ['orphan-1', 'orphan-2', 'orphan-3'],
    );
    assert.equal((await findings('missing')).length, 10);
    const news = await facts.newsOfPass({ tenantId, provider: 'vultr', passId: randomUUID() });
    assert.equal(news.length, 10);
  });

  it('closes what no longer is so', async () => {
    account.instances = [
      ...Array.from({ length: 10 }, (_, n) => ({ id: `ref-${n + 1}`, key: `key-${n + 1}` })),
      ...account.instances.filter(({ id }) => !id.startsWith('orphan')),
    ];
    await compare();
    for (const kind of ['unknown', 'missing']) {
      assert.ok((await findings(kind)).every(({ state }) => state === 'mended'));
    }
  });

  it('brakes when far too many seem to be gone: it asks for none and tells nobody', async () => {
    const all = account.instances;
    account.instances = all.slice(0, OURS / 2);
    const { lost } = await compare();
    account.instances = all;
    assert.equal(lost.braked, true);
    assert.equal((await findings('inventory'))[0]?.state, 'open');
    const toStaff = await facts.newsForStaff({ tenantId, provider: 'vultr', passId: randomUUID() });
    assert.deepEqual(
      toStaff.findings.map(({ kind }) => kind),
      ['inventory'],
    );
    assert.ok([...account.asked.keys()].every((path) => !path.startsWith('/v2/instances/')));
    assert.ok((await findings('missing')).every(({ state }) => state === 'mended'));
    assert.deepEqual(await facts.newsOfPass({ tenantId, provider: 'vultr', passId: randomUUID() }), []);
  });

  it('decides nothing on a reading that died half-way', async () => {
    const before = await sql.query('select count(*)::int as count from findings');
    const pass = { tenantId, provider: 'vultr', passId: randomUUID() };
    const environment = new MockActivityEnvironment();
    const reading = environment.run(() => at.readInventory(pass));
    environment.cancel();
    await assert.rejects(reading);
    // The next attempt reads under another mark: what the dead one saw does not count.
    const second = new MockActivityEnvironment({ attempt: 2 });
    const inventory = await second.run<[], Inventory, () => Promise<Inventory>>(() => at.readInventory(pass));
    await facts.compareInventory({ ...pass, inventory });
    const after = await sql.query('select count(*)::int as count from findings');
    assert.deepEqual(after.rows, before.rows);
  });

  it('leaves alone what another tenant’s instance is', async () => {
    const tenant = randomUUID();
    await sql.query(`insert into tenants (id, slug, name) values ($1, 'other', 'Other Hosting')`, [tenant]);
    const columns =
      'ordinal, generation, key, state, provider, provider_ref, hostname, region, protocol, port, username, secret';
    await sql.query('set session_replication_role = replica').catch(() => undefined);
    await sql.query(
      `insert into instances (id, tenant_id, subscription_id, ${columns}) select gen_random_uuid(), $1, subscription_id, 1, 1,
         'elsewhere', 'active', 'vultr', 'elsewhere-1', 'h', 'fra', 'ssh', 22, 'root', 'x' from instances limit 1`,
      [tenant],
    );
    account.instances = [...account.instances, { id: 'elsewhere-1', key: 'elsewhere' }];
    await compare();
    assert.ok((await findings('unknown')).every(({ ref }) => ref !== 'elsewhere-1'));
  });
});
