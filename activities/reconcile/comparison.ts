/** Comparing a whole inventory with the database, and what follows from it. Local activities: facts in Postgres only. */
import type { DataSource, EntityManager } from 'typeorm';
import {
  COMPARED_KINDS,
  type FindingKind,
  type Inventory,
  type Pass,
  type PassReport,
} from '../../schemas/fleet/findings.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import { judgeCapacity, type CapacitySettings } from './capacity.ts';
import { openSharedPass, shareInventory, type SharedPass } from './sharing.ts';
import type { MailContents } from '../../schemas/mail/templates.ts';
import * as sql from './statements.ts';

export interface ComparisonDependencies {
  db: DataSource;
  /** How long the last snapshot of a removed resource is kept. */
  snapshotDays: number;
  capacity: CapacitySettings;
}

/** A subscription has to hear of a finding about one of its instances. */
export interface News {
  findingId: string;
  subscriptionId: string;
  instanceId: string;
  finding: 'missing' | 'power';
}

export type ComparisonFacts = ReturnType<typeof createComparisonFacts>;

/** A server may be off for a moment: its power is mended when two passes have seen it so. */
const POWER_SIGHTINGS = 2;
/** So many subscriptions are told in one pass; the others in the next. */
const MOST_NEWS = 500;
/** The mail lists so many. */
const MOST_LISTED = 20;
const URGENT_TO_STAFF: FindingKind[] = ['inventory', 'capacity', 'scaling'];
const TOLD_TO_STAFF: FindingKind[] = ['unknown', 'leftover', 'size', 'price', 'name'];
const UNTOLD = `provider = $1 and state = 'open' and told_at is null
  and (kind = any($2) or (kind = any($3) and sightings >= 2))`;
/** Told again after this if nothing came of it. */
const TELL_AGAIN = '1 hour';

export function createComparisonFacts({ db, snapshotDays, capacity }: ComparisonDependencies) {
  return {
    /** Notes every difference as a finding and mends what the database alone can mend. The same reading again changes nothing. */
    async compareInventory(
      pass: Pass & { inventory: Inventory },
    ): Promise<Pick<PassReport, 'adopted' | 'mended'>> {
      const { tenantId, provider, passId, inventory } = pass;
      return withTenant(db, tenantId, async (tx) => {
        await tx.query(sql.BY_HASHING);
        const since = [provider, inventory.reading, await sql.readingBegan(tx, passId)];
        const adopted = await rows(tx, sql.ADOPT, [...since, inventory.settleMs]);
        const addresses = await rows(tx, sql.MEND_ADDRESSES, since);
        await tx.query(sql.NOTE_UNKNOWN, since);
        await tx.query(sql.NOTE_POWER, since);
        await tx.query(sql.NOTE_SIZES, [...since, JSON.stringify(inventory.sizes)]);
        await tx.query(sql.NOTE_PRICES, since);
        await tx.query(sql.NOTE_NAMES, since);
        await tx.query(sql.NOTE_LEFTOVERS, [...since, snapshotDays]);
        await tx.query(sql.NOTE_FORGOTTEN_SNAPSHOTS, since);
        const closed = await rows(tx, sql.CLOSE_THE_REST, [provider, inventory.reading, COMPARED_KINDS]);
        return { adopted: adopted.length, mended: addresses.length + closed.length };
      });
    },

    /** {@link shareInventory} */
    shareInventory: (pass: Pass & { inventory: Pick<Inventory, 'reading'> }) => shareInventory(db, pass),

    /** {@link openSharedPass} */
    openSharedPass: (pass: SharedPass) => openSharedPass(db, pass),

    /** Which subscriptions have to hear of a missing instance, or of one whose power is wrong. */
    async newsOfPass({ tenantId, provider }: Pass): Promise<News[]> {
      return withTenant(db, tenantId, (tx) =>
        tx.query(
          `select f.id as "findingId", i.subscription_id as "subscriptionId", i.id as "instanceId", f.kind as finding
           from findings f join instances i on i.id = f.instance_id
           where f.provider = $1 and f.state = 'open' and (f.kind = 'missing' or (f.kind = 'power' and f.sightings >= $2))
             and (f.told_at is null or (f.kind = 'power' and f.told_at < now() - $3::interval)) order by f.id limit $4`,
          [provider, POWER_SIGHTINGS, TELL_AGAIN, MOST_NEWS],
        ),
      );
    },

    /** What staff have not been told of yet: at once what is urgent, the rest when two passes have seen it so. */
    async newsForStaff({ tenantId, provider }: Pass): Promise<MailContents['staff-fleet']> {
      return withTenant(db, tenantId, async (tx) => {
        const found: MailContents['staff-fleet']['findings'] = await tx.query(
          `select id, kind, ref, expected, seen, detail from findings where ${UNTOLD} order by id`,
          [provider, URGENT_TO_STAFF, TOLD_TO_STAFF],
        );
        const listed = found
          .slice(0, MOST_LISTED)
          .map((one) => ({ ...one, id: toEdgeId('finding', one.id) }));
        return { provider, findings: listed, more: found.length - listed.length };
      });
    },

    async noteStaffTold({ tenantId, provider }: Pass): Promise<void> {
      await withTenant(db, tenantId, (tx) =>
        tx.query(`update findings set told_at = now() where ${UNTOLD}`, [
          provider,
          URGENT_TO_STAFF,
          TOLD_TO_STAFF,
        ]),
      );
    },

    async noteTold({ tenantId, findingIds }: { tenantId: string; findingIds: string[] }): Promise<void> {
      await withTenant(db, tenantId, (tx) =>
        tx.query('update findings set told_at = now() where id = any($1)', [findingIds]),
      );
    },

    /** Notes what is nearly used up, and what the business has outgrown. */
    judgeCapacity: (pass: Pass): Promise<void> => judgeCapacity({ db, settings: capacity }, pass),

    /** Closes the books of a pass and forgets what is too old to matter. */
    async endPass(
      pass: Pass & { report: Omit<PassReport, 'open'> | null; failure: string | null },
    ): Promise<PassReport['open']> {
      const { tenantId, provider, passId, report, failure } = pass;
      return withTenant(db, tenantId, async (tx) => {
        const counted: { kind: FindingKind; count: number }[] = await tx.query(
          `select kind, count(*)::int as count from findings where provider = $1 and state = 'open' group by kind`,
          [provider],
        );
        const open = Object.fromEntries(counted.map(({ kind, count }) => [kind, count]));
        await tx.query(
          `insert into passes (id, tenant_id, provider, finished_at, report, failure) values ($1, $2, $3, now(), $4, $5)
           on conflict (id) do update set finished_at = now(), report = excluded.report, failure = excluded.failure`,
          [passId, tenantId, provider, report && JSON.stringify({ ...report, open }), failure],
        );
        await forget(tx, provider);
        return open;
      });
    },
  };
}

async function rows(tx: EntityManager, statement: string, parameters: unknown[]): Promise<unknown[]> {
  return tx.query(statement, parameters);
}

async function forget(tx: EntityManager, provider: string): Promise<void> {
  await tx.query(`delete from sightings where provider = $1 and seen_at < now() - interval '7 days'`, [
    provider,
  ]);
  await tx.query(`delete from passes where provider = $1 and started_at < now() - interval '30 days'`, [
    provider,
  ]);
  await tx.query(`delete from capacity_samples where provider = $1 and at < now() - interval '120 days'`, [
    provider,
  ]);
}
