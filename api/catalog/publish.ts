/** Puts a catalogue on sale. Versions of plans are only ever added, so a running subscription keeps its terms. */
import { createHash } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Catalog, PlanTerms } from '../../schemas/catalog/plan.ts';
import { Plans } from '../../schemas/db/entities/plan.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { canonicalJson } from '../http/canonical-json.ts';
import { publishImages } from './publish-images.ts';

export interface Published {
  /** Plans with a new version, as "key@version". */
  added: string[];
  /** Keys whose newest version already was what the file says. */
  unchanged: string[];
  /** Keys that are no longer on sale. */
  withdrawn: string[];
}

/**
 * Makes exactly the plans of `catalog` be on sale, in one transaction; processes that publish at once take turns.
 *
 * @throws ImageChangedError if an image's published version has another content now; then nothing has changed
 * @throws the driver's error if the database cannot be reached; then nothing has changed
 */
export async function publishCatalog(db: DataSource, tenantId: string, catalog: Catalog): Promise<Published> {
  return withTenant(db, tenantId, async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(hashtextextended('tenure/catalog/' || $1, 0))`, [tenantId]);
    await publishImages(tx, tenantId, catalog.images ?? []);
    const published: Published = { added: [], unchanged: [], withdrawn: [] };
    for (const terms of catalog.plans) {
      const version = await publishPlan(tx, tenantId, terms);
      if (version === null) published.unchanged.push(terms.key);
      else published.added.push(`${terms.key}@${version}`);
    }
    published.withdrawn = await withdrawAllBut(
      tx,
      catalog.plans.map(({ key }) => key),
    );
    return published;
  });
}

/** The version that was added, or `null` if the newest one has the same terms. */
async function publishPlan(tx: EntityManager, tenantId: string, terms: PlanTerms): Promise<number | null> {
  const plans = tx.getRepository(Plans);
  const newest = await plans.findOne({ where: { key: terms.key }, order: { version: 'DESC' } });
  const hash = termsHash(terms);
  if (newest?.termsHash === hash) {
    if (!newest.onSale) await plans.update({ id: newest.id }, { onSale: true });
    return null;
  }
  await plans.update({ key: terms.key, onSale: true }, { onSale: false });
  const version = (newest?.version ?? 0) + 1;
  await tx.query(
    `insert into plans (id, tenant_id, key, version, terms, terms_hash, on_sale) values ($1, $2, $3, $4, $5, $6, true)`,
    [uuidv7(), tenantId, terms.key, version, JSON.stringify(terms), hash],
  );
  return version;
}

async function withdrawAllBut(tx: EntityManager, keys: string[]): Promise<string[]> {
  const [rows]: [{ key: string }[], number] = await tx.query(
    'update plans set on_sale = false where on_sale and key <> all($1) returning key',
    [keys],
  );
  return rows.map(({ key }) => key);
}

/** Equal terms have equal hashes, whatever the order of their members; only the order of the providers means something. */
export function termsHash(terms: PlanTerms): string {
  const content = canonicalJson({ terms, providerOrder: Object.keys(terms.providers) });
  return createHash('sha256').update(content).digest('hex');
}
