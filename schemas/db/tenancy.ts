import type { DataSource, EntityManager, QueryRunner } from 'typeorm';

/** A process whose link is dead must not hold its locks: Postgres itself ends its transaction after so long without a word. */
const IDLE_IN_TRANSACTION_MS = 15_000;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Runs `work` in one transaction that sees and writes the rows of one tenant only. This is the only way to tenants' rows for the
 * application role: without it row-level security shows nothing.
 *
 * @throws RangeError if `tenantId` is not a UUID
 */
export async function withTenant<T>(
  db: DataSource,
  tenantId: string,
  work: (tx: EntityManager) => Promise<T>,
): Promise<T> {
  const runner = db.createQueryRunner();
  try {
    await begin(runner, tenantId);
    const result = await work(runner.manager);
    await runner.commitTransaction();
    return result;
  } catch (error) {
    // The first error tells why; a connection that is gone has rolled back by itself.
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  } finally {
    await runner.release();
  }
}

/** Begins and names the tenant in one round trip: this happens before everything the product does. */
async function begin(runner: QueryRunner, tenantId: string): Promise<void> {
  // Several statements at once take no parameters, so what goes into the text is checked.
  if (!UUID.test(tenantId)) throw new RangeError(`"${tenantId}" is not a tenant's id.`);
  // What TypeORM notes when it begins by itself; it then commits, rolls back and nests as ever.
  Object.assign(runner, { isTransactionActive: true, transactionDepth: 1 });
  await runner.query(
    `start transaction; select set_config('tenure.tenant_id', '${tenantId}', true), set_config('idle_in_transaction_session_timeout', '${IDLE_IN_TRANSACTION_MS}', true)`,
  );
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
