import type { DataSource, EntityManager } from 'typeorm';

/**
 * Runs `work` in one transaction that sees and writes the rows of one tenant only. This is the only way to tenants' rows for the
 * application role: without it row-level security shows nothing.
 */
export async function withTenant<T>(
  db: DataSource,
  tenantId: string,
  work: (tx: EntityManager) => Promise<T>,
): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.query(`select set_config('tenure.tenant_id', $1, true)`, [tenantId]);
    return work(tx);
  });
}

export interface TenantRef {
  id: string;
  name: string;
}

/** The slug of the tenant that a fresh installation starts with. */
export const FIRST_TENANT_SLUG = 'main';

/** A tenant by its slug. @throws Error if the migrations have not created it yet. */
export async function findTenant(db: DataSource, slug: string): Promise<TenantRef> {
  const rows: TenantRef[] = await db.query('select id, name from tenure_tenant_by_slug($1)', [slug]);
  const [tenant] = rows;
  if (!tenant) throw new Error(`There is no tenant "${slug}": run npm run migrate.`);
  return tenant;
}
