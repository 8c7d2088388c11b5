/** Reading a provider's whole inventory once, page by page, into the table of sightings. */
import type { DataSource, EntityManager } from 'typeorm';
import type { PlanTerms } from '../../schemas/catalog/plan.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import type { Inventory, Pass } from '../../schemas/fleet/findings.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import type { Hypervisor, ProviderInstance, ProviderSnapshot } from '../hypervisors/port.ts';
import { stopIfCancelled } from '../temporal.ts';

/** Rows written at once: what a pass holds in memory, whatever the size of the account. */
const BATCH = 300;

interface Sighting {
  ref: string;
  key: string | null;
  state: string;
  address: string | null;
  region: string | null;
  name: string | null;
  size: string | null;
  madeAt: string | null;
}

// First seen and first name stay; everything else is as last seen.
const SEE = `insert into sightings (tenant_id, provider, kind, ref, reading, key, state, address, region, name, first_name, size, made_at)
  select $1, $2, $3, ref, $4, key, state, address, region, name, name, size, "madeAt" from jsonb_to_recordset($5)
    as seen (ref text, key text, state text, address text, region text, name text, size text, "madeAt" timestamptz)
  on conflict (tenant_id, provider, kind, ref) do update set reading = excluded.reading, key = excluded.key, state = excluded.state,
    address = excluded.address, region = excluded.region, name = excluded.name, size = excluded.size, made_at = excluded.made_at,
    first_name = coalesce(sightings.first_name, excluded.first_name), seen_at = now()`;

/**
 * Reads all of it or throws: whoever dies half-way leaves sightings under a mark that nobody decides on.
 *
 * @param reading marks this reading's sightings; another attempt takes another one.
 */
export async function readInventory(
  { db, hypervisor }: { db: DataSource; hypervisor: Hypervisor },
  { tenantId, provider, passId }: Pass,
  reading: string,
): Promise<Inventory> {
  const write = (kind: 'instance' | 'snapshot') => (batch: Sighting[]) =>
    withTenant(db, tenantId, (tx) =>
      tx.query(SEE, [tenantId, provider, kind, reading, JSON.stringify(batch)]),
    );
  await withTenant(db, tenantId, (tx) =>
    tx.query(
      `insert into passes (id, tenant_id, provider, reading, reading_started_at) values ($1, $2, $3, $4, clock_timestamp())
       on conflict (id) do update set reading = excluded.reading, reading_started_at = excluded.reading_started_at`,
      [passId, tenantId, provider, reading],
    ),
  );
  const instances = await inBatches(hypervisor.list(), ofInstance, write('instance'));
  const snapshots = await inBatches(hypervisor.listSnapshots(), ofSnapshot, write('snapshot'));
  const sizes = await withTenant(db, tenantId, (tx) => sizesOfPlans(tx, hypervisor));
  return { reading, instances, snapshots, settleMs: hypervisor.createSettleMs, sizes };
}

async function inBatches<T>(
  items: AsyncIterable<T>,
  toSighting: (item: T) => Sighting,
  write: (batch: Sighting[]) => Promise<unknown>,
): Promise<number> {
  // By reference: a list that moves while it is read may show one twice.
  let batch = new Map<string, Sighting>();
  let count = 0;
  const flush = async (): Promise<void> => {
    if (batch.size > 0) await write([...batch.values()]);
    batch = new Map();
    stopIfCancelled();
  };
  for await (const item of items) {
    const sighting = toSighting(item);
    batch.set(sighting.ref, sighting);
    count += 1;
    if (batch.size >= BATCH) await flush();
  }
  await flush();
  return count;
}

function ofInstance({ ref, key, state, address, region, name, size, createdAt }: ProviderInstance): Sighting {
  return { ref, key, state, address, region, name, size, madeAt: createdAt };
}

function ofSnapshot({ ref, key, state }: ProviderSnapshot): Sighting {
  return { ref, key, state, address: null, region: null, name: null, size: null, madeAt: null };
}

/** What size a tenant's plans in use mean at this provider; a plan that no longer fits the driver is left out. */
export async function sizesOfPlans(tx: EntityManager, hypervisor: Hypervisor): Promise<Inventory['sizes']> {
  const used: { planId: string; region: string; terms: PlanTerms }[] = await tx.query(
    `select distinct on (sub.plan_id, i.region) sub.plan_id as "planId", i.region, p.terms
     from instances i join subscriptions sub on sub.id = i.subscription_id join plans p on p.id = sub.plan_id
     where i.provider = $1 and i.deleted_at is null`,
    [hypervisor.name],
  );
  return used.flatMap(({ planId, region, terms }) => {
    const plan = terms.providers[hypervisor.name];
    if (plan === undefined) return [];
    try {
      return [{ planId, region, size: hypervisor.sizeOf(plan, region) }];
    } catch (error) {
      if (error instanceof TenureFailure) return [];
      throw error;
    }
  });
}
