/** Instances that an inventory lacks: each is asked for by its reference before anybody is told. */
import type { DataSource } from 'typeorm';
import { withTenant } from '../../schemas/db/tenancy.ts';
import type { Inventory, Pass } from '../../schemas/fleet/findings.ts';
import type { Hypervisor } from '../hypervisors/port.ts';
import { stopIfCancelled } from '../temporal.ts';
import * as sql from './statements.ts';

interface Suspect {
  instanceId: string;
  ref: string;
  key: string;
}

/** Below this many missing instances the brake stays off: a small fleet has large percentages. */
const LEAST_TO_BRAKE = 5;

/**
 * Notes as missing what neither the inventory nor the provider's own answer has. If far too much seems to be gone, it is the
 * view that is wrong (another account's key, a provider's outage): then nothing is noted and a person must look.
 */
export async function confirmMissing(
  deps: { db: DataSource; hypervisor: Hypervisor; brakePercent: number },
  { tenantId, provider, passId, inventory }: Pass & { inventory: Pick<Inventory, 'reading'> },
): Promise<{ missing: number; braked: boolean }> {
  const { db, hypervisor, brakePercent } = deps;
  const { since, suspects, expected } = await withTenant(db, tenantId, async (tx) => {
    await tx.query(sql.BY_HASHING);
    const parameters = [provider, inventory.reading, await sql.readingBegan(tx, passId)];
    const found: Suspect[] = await tx.query(sql.MISSING, parameters);
    const counted: { expected: number }[] = await tx.query(sql.EXPECTED, parameters);
    return { since: parameters, suspects: found, expected: counted[0]?.expected ?? 0 };
  });
  const braked = suspects.length >= LEAST_TO_BRAKE && suspects.length * 100 > expected * brakePercent;
  const figure = {
    ref: 'too-many-missing',
    expected: `at most ${brakePercent} % of ${expected} instances gone at once`,
    seen: `${suspects.length} not in the inventory`,
  };
  await withTenant(db, tenantId, (tx) =>
    sql.noteFigures(tx, {
      provider,
      reading: inventory.reading,
      kind: 'inventory',
      figures: braked ? [figure] : [],
    }),
  );
  if (braked) return { missing: suspects.length, braked };
  const lost: Suspect[] = [];
  for (const suspect of suspects) {
    stopIfCancelled();
    if ((await hypervisor.get(suspect.ref)) === null) lost.push(suspect);
  }
  await withTenant(db, tenantId, async (tx) => {
    await tx.query(sql.BY_HASHING);
    await tx.query(sql.NOTE_MISSING, [...since, JSON.stringify(lost)]);
    await tx.query(sql.CLOSE_THE_REST, [provider, inventory.reading, ['missing']]);
  });
  return { missing: lost.length, braked: false };
}
