/**
 * Removing what bears our mark and belongs to nobody. Only after two sightings in two passes, a minimum age, and with removal switched
 * on, or because staff asked for it; and never without having looked once more right before.
 */
import { log } from '@temporalio/activity';
import type { DataSource, EntityManager } from 'typeorm';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { writeAudit } from '../../schemas/db/trail.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import { ORPHAN_SNAPSHOT_SUFFIX, type Pass } from '../../schemas/fleet/findings.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import type { Hypervisor, ProviderInstance } from '../hypervisors/port.ts';
import { holdResource } from '../instances/hold.ts';
import { waitUntilComplete } from '../instances/snapshots.ts';
import { pause, stopIfCancelled } from '../temporal.ts';
import * as sql from './statements.ts';

export interface RemovalDependencies {
  db: DataSource;
  hypervisor: Hypervisor;
  /** Off: only says what would be removed. */
  isRemovalOn: boolean;
  minAgeHours: number;
}

interface Candidate {
  id: string;
  kind: 'unknown' | 'leftover';
  ref: string;
  key: string;
  reading: string;
  askedBy: string | null;
}

const CANDIDATES = `select id, kind, ref, key, reading, removal_asked_by as "askedBy" from findings
  where provider = $1 and reading = $2 and state = 'open' and kind in ('unknown', 'leftover') and key is not null
    and (removal_asked_by is not null or (sightings >= 2 and first_seen_at <= now() - $3::float * interval '1 hour')) order by id`;

const TAKEN = 'It belongs to an instance by now; it is left alone.';

/** Removes, or only says so. A failure with one does not keep the others; it stands in the finding. */
export async function removeLeftovers(
  deps: RemovalDependencies,
  { tenantId, provider, inventory }: Pass & { inventory: { reading: string } },
): Promise<{ removed: number; wouldRemove: number }> {
  const { db, isRemovalOn, minAgeHours } = deps;
  const candidates: Candidate[] = await withTenant(db, tenantId, (tx) =>
    tx.query(CANDIDATES, [provider, inventory.reading, minAgeHours]),
  );
  let [removed, wouldRemove] = [0, 0];
  for (const candidate of candidates) {
    stopIfCancelled();
    if (candidate.askedBy === null && !isRemovalOn) {
      wouldRemove += 1;
      await note(deps, tenantId, candidate, 'It would be removed now; removal is switched off.');
    } else if (await tryToRemove(deps, { tenantId, provider, candidate })) removed += 1;
  }
  return { removed, wouldRemove };
}

interface Removal {
  tenantId: string;
  provider: string;
  candidate: Candidate;
}

async function tryToRemove(deps: RemovalDependencies, removal: Removal): Promise<boolean> {
  const { tenantId, candidate } = removal;
  try {
    const kept =
      candidate.kind === 'unknown'
        ? await removeInstance(deps, removal)
        : await removeSnapshot(deps, removal);
    if (kept === null) return true;
    await note(deps, tenantId, candidate, kept);
  } catch (error) {
    if (!(error instanceof TenureFailure)) throw error;
    log.warn('A resource could not be removed.', { ref: candidate.ref, error });
    await note(deps, tenantId, candidate, `It could not be removed: ${error.message}`);
  }
  return false;
}

/** `null` when it is gone, else why it was kept. */
async function removeInstance(deps: RemovalDependencies, removal: Removal): Promise<string | null> {
  const { hypervisor } = deps;
  const { ref, key } = removal.candidate;
  const found = await hypervisor.get(ref);
  if (found === null) return close(deps, removal, 'mended', 'It is gone by now.');
  if (found.key !== key) return 'It bears another mark than when it was found; it is left alone.';
  if (found.state === 'busy') return 'The provider is doing something with it; the next pass looks again.';
  if (!(await belongsToNobody(deps, removal))) return TAKEN;
  await keepSnapshot(deps, found, key);
  // A snapshot takes minutes.
  if (!(await announceUnlessTaken(deps, removal))) return TAKEN;
  await hypervisor.delete(ref);
  while ((await hypervisor.get(ref)) !== null) await pause(hypervisor.pollMs);
  return close(deps, removal, 'removed', 'It was removed.');
}

/** Of a disk that was never written nothing is kept, and none where it would go with the instance. */
async function keepSnapshot(
  { hypervisor }: RemovalDependencies,
  found: ProviderInstance,
  key: string,
): Promise<void> {
  if (!hypervisor.capabilities.snapshotsOutlive || !['running', 'stopped'].includes(found.state)) return;
  const snapshotKey = `${key}${ORPHAN_SNAPSHOT_SUFFIX}`;
  const [taken] = (await hypervisor.findSnapshotsByKey(snapshotKey)).filter(
    ({ state }) => state !== 'failed',
  );
  await waitUntilComplete(hypervisor, taken ?? (await hypervisor.createSnapshot(found.ref, snapshotKey)));
}

async function removeSnapshot(deps: RemovalDependencies, removal: Removal): Promise<string | null> {
  const { hypervisor } = deps;
  const { ref, key } = removal.candidate;
  const found = await hypervisor.getSnapshot(ref);
  if (found === null) return close(deps, removal, 'mended', 'It is gone by now.');
  if (found.key !== key) return 'It bears another mark than when it was found; it is left alone.';
  await withTenant(deps.db, removal.tenantId, (tx) => announce(tx, removal));
  await hypervisor.deleteSnapshot(ref);
  return close(deps, removal, 'removed', 'It was removed.');
}

async function belongsToNobody({ db }: RemovalDependencies, removal: Removal): Promise<boolean> {
  return withTenant(db, removal.tenantId, (tx) => isNobodys(tx, removal));
}

async function isNobodys(
  tx: EntityManager,
  { provider, candidate: { ref, key, reading } }: Removal,
): Promise<boolean> {
  const found: unknown[] = await tx.query(sql.STILL_UNKNOWN, [provider, reading, new Date(), ref, key]);
  return found.length > 0;
}

/** As {@link announce}; in one step with the last look, so that nobody takes it over in between. */
async function announceUnlessTaken(deps: RemovalDependencies, removal: Removal): Promise<boolean> {
  const { tenantId, provider, candidate } = removal;
  return withTenant(deps.db, tenantId, async (tx) => {
    await holdResource(tx, provider, candidate.ref);
    if (!(await isNobodys(tx, removal))) return false;
    await announce(tx, removal);
    return true;
  });
}

/** On the record before it is done. */
async function announce(tx: EntityManager, { tenantId, provider, candidate }: Removal): Promise<void> {
  const { id, kind, ref, key, askedBy } = candidate;
  await writeAudit(tx, {
    tenantId,
    by: askedBy === null ? { kind: 'system', id: 'reconciler' } : { kind: 'staff', id: askedBy },
    action: 'finding.removing',
    subject: { kind: 'finding', id: toEdgeId('finding', id) },
    data: { provider, kind, ref, key },
    dedupeKey: `finding/${id}/removing`,
  });
}

async function close(
  { db }: RemovalDependencies,
  { tenantId, provider, candidate: { id, kind, ref } }: Removal,
  state: 'removed' | 'mended',
  detail: string,
): Promise<null> {
  await withTenant(db, tenantId, async (tx) => {
    await tx.query('update findings set state = $2, detail = $3, closed_at = now() where id = $1', [
      id,
      state,
      detail,
    ]);
    await writeAudit(tx, {
      tenantId,
      by: { kind: 'system', id: 'reconciler' },
      action: `finding.${state}`,
      subject: { kind: 'finding', id: toEdgeId('finding', id) },
      data: { provider, kind, ref },
      dedupeKey: `finding/${id}/${state}`,
    });
  });
  return null;
}

async function note(
  { db }: RemovalDependencies,
  tenantId: string,
  { id }: Candidate,
  detail: string,
): Promise<void> {
  await withTenant(db, tenantId, (tx) =>
    tx.query('update findings set detail = $2 where id = $1', [id, detail]),
  );
}
