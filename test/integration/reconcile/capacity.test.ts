import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { createComparisonFacts, type ComparisonFacts } from '../../../activities/reconcile/comparison.ts';
import { readCapacity, type CapacityTrend } from '../../../schemas/db/capacity.ts';
import { openDatabase } from '../../../schemas/db/data-source.ts';
import { withTenant } from '../../../schemas/db/tenancy.ts';
import type { Pass } from '../../../schemas/fleet/findings.ts';
import { lab } from '../../harness/lab.ts';
import { seedSubscription, type SeededSubscription } from '../../harness/seed.ts';
import { newDatabase } from '../../harness/stack.ts';

const TREND_DAYS = 14;

describe('the capacity of a provider', () => {
  let db: DataSource;
  let sql: pg.Pool;
  let facts: ComparisonFacts;
  let seeded: SeededSubscription;

  before(async function () {
    this.timeout(60_000);
    const { onEnd } = await lab();
    const database = await newDatabase();
    db = await openDatabase({ url: database.appUrl, poolSize: 3, applicationName: 'test' });
    onEnd(() => db.destroy());
    sql = new pg.Pool({ connectionString: database.adminUrl, max: 2 });
    sql.on('error', () => undefined);
    onEnd(() => sql.end());
    seeded = await seedSubscription(db, { quantity: 3 });
    facts = createComparisonFacts({
      db,
      snapshotDays: 30,
      capacity: {
        alertPercent: 85,
        alertDays: 14,
        trendDays: TREND_DAYS,
        triggers: [
          { name: 'own-hardware', advice: 'own hardware', customers: 50, mrrMinor: 3_000 },
          { name: 'cluster', advice: 'a cluster', customers: 200, mrrMinor: 500_000 },
        ],
      },
    });
  });
  beforeEach(() => sql.query('delete from capacity_samples; delete from findings'));

  /** One sample a day, the last one now. */
  async function sample(
    used: number[],
    total: number | null,
    { part = 'node-1', open = true } = {},
  ): Promise<void> {
    await sql.query(
      `insert into capacity_samples (tenant_id, provider, part, measure, at, open, used, total)
       select $1, 'own', $2, 'memoryMb', now() - ($3::int - n) * interval '1 day', $4, used, $5
       from unnest($6::float[]) with ordinality as sample (used, n)`,
      [seeded.tenantId, part, used.length, open, total, used],
    );
  }
  const trends = (): Promise<CapacityTrend[]> =>
    withTenant(db, seeded.tenantId, (tx) => readCapacity(tx, TREND_DAYS));
  const judge = async (): Promise<{ kind: string; ref: string; state: string; seen: string }[]> => {
    const pass: Pass = { tenantId: seeded.tenantId, provider: 'own', passId: randomUUID() };
    await facts.judgeCapacity(pass);
    const { rows } = await sql.query<{ kind: string; ref: string; state: string; seen: string }>(
      'select kind, ref, state, seen from findings order by kind, ref',
    );
    return rows;
  };

  it('tells how full it is and how long it lasts by the straight line', async () => {
    await sample([100, 110, 120, 130], 200);
    const [trend] = await trends();
    assert.equal(trend?.usedPercent, 65);
    assert.ok(Math.abs((trend.growthPerDay ?? 0) - 10) < 1e-6);
    assert.ok(Math.abs((trend.daysLeft ?? 0) - 7) < 1e-6);
  });

  it('foretells nothing from two samples, from no growth, or without a total', async () => {
    await sample([100, 190], 200, { part: 'two' });
    await sample([100, 90, 80], 200, { part: 'shrinks' });
    await sample([100, 110, 120], null, { part: 'untold' });
    assert.deepEqual(
      (await trends()).map(({ part, daysLeft }) => [part, daysLeft]),
      [
        ['shrinks', null],
        ['two', null],
        ['untold', null],
      ],
    );
  });

  it('is a finding when little is left now or soon, and no longer when there is room again', async () => {
    await sample([180, 180, 180], 200, { part: 'full' });
    await sample([100, 110, 120], 200, { part: 'soon' });
    await sample([50, 50, 50], 200, { part: 'idle' });
    await sample([199, 199, 199], 200, { part: 'drained', open: false });
    const found = await judge();
    assert.deepEqual(
      found.map(({ kind, ref, state }) => [kind, ref, state]),
      [
        ['capacity', 'full/memoryMb', 'open'],
        ['capacity', 'soon/memoryMb', 'open'],
      ],
    );
    assert.match(found[1]?.seen ?? '', /120 of 200, 60 %, 8 days left/);
    await sql.query('delete from capacity_samples');
    await sample([50, 50, 50], 200, { part: 'full' });
    assert.ok((await judge()).every(({ state }) => state === 'mended'));
  });

  it('is told by the size of the business, too: what pays enough for something else', async () => {
    assert.deepEqual(await judge(), []);
    await sql.query(`update subscriptions set stage = 'active' where id = $1`, [seeded.subscriptionId]);
    const [reached] = await judge();
    assert.deepEqual([reached?.kind, reached?.ref, reached?.state], ['scaling', 'own-hardware', 'open']);
    assert.equal(reached?.seen, '1 customers, 30 USD a month');
  });
});
