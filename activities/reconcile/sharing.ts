/**
 * One account, several tenants: the inventory is read once, for whose account it is, and each of the others gets those of its sightings
 * that are about instances of its own. Then each is compared inside its own wall.
 */
import type { DataSource } from 'typeorm';
import { withTenant } from '../../schemas/db/tenancy.ts';
import type { Inventory, Pass } from '../../schemas/fleet/findings.ts';
import { BY_HASHING, readingBegan } from './statements.ts';

/** A pass of another tenant over the same reading. */
export interface SharedPass extends Pass {
  reading: string;
  /** When the reading began, ISO 8601. */
  began: string;
}

/** Hands the sightings round; which other tenants have something here, and when the reading began. */
export async function shareInventory(
  db: DataSource,
  { tenantId, provider, passId, inventory }: Pass & { inventory: Pick<Inventory, 'reading'> },
): Promise<{ tenants: string[]; began: string }> {
  return withTenant(db, tenantId, async (tx) => {
    await tx.query(BY_HASHING);
    const shared: { tenant: string }[] = await tx.query(
      'select tenure_share_sightings($1, $2) as tenant order by tenant',
      [provider, inventory.reading],
    );
    const began = await readingBegan(tx, passId);
    return { tenants: shared.map(({ tenant }) => tenant), began: began.toISOString() };
  });
}

/** Opens the books of such a pass; how much of the inventory concerns this tenant. */
export async function openSharedPass(
  db: DataSource,
  { tenantId, provider, passId, reading, began }: SharedPass,
): Promise<Pick<Inventory, 'instances' | 'snapshots'>> {
  return withTenant(db, tenantId, async (tx) => {
    await tx.query(
      `insert into passes (id, tenant_id, provider, reading, reading_started_at) values ($1, $2, $3, $4, $5) on conflict (id) do nothing`,
      [passId, tenantId, provider, reading, began],
    );
    const counted: Pick<Inventory, 'instances' | 'snapshots'>[] = await tx.query(
      `select count(*) filter (where kind = 'instance')::int as instances, count(*) filter (where kind = 'snapshot')::int as snapshots
       from sightings where provider = $1 and reading = $2`,
      [provider, reading],
    );
    return counted[0] ?? { instances: 0, snapshots: 0 };
  });
}
