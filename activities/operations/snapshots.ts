/** Snapshots beside the last one: ordered once by their key, whoever asked for them. */
import type { Instance } from '../../schemas/db/entities/instance.ts';
import type { Operation } from '../../schemas/db/entities/operation.ts';
import type { Snapshot } from '../../schemas/db/entities/snapshot.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import { extraKey, fromEdgeId, toEdgeId } from '../../schemas/ids.ts';
import { BACKUP_CLOCK } from '../../schemas/operations/backups.ts';
import type { Hypervisor, ProviderSnapshot } from '../hypervisors/port.ts';
import { deleteSnapshots } from '../instances/extras.ts';
import { SNAPSHOT_FAILED, waitUntilComplete } from '../instances/snapshots.ts';
import { refOf } from '../instances/watch.ts';
import type { OperationRows } from './rows.ts';
import { seek, send } from './seeking.ts';
import type { Doing } from './work.ts';

export interface SnapshotDependencies {
  operations: Pick<OperationRows, 'snapshots'>;
  hypervisor: Hypervisor;
}

/** What makes a snapshot the one that was asked for. `id` is minted by whoever asks: the same again is the same snapshot. */
export type WantedSnapshot = Pick<Snapshot, 'id' | 'origin' | 'label' | 'expiresAt'>;

/**
 * Orders the snapshot unless it is there, and waits until it is complete.
 *
 * @throws TenureFailure `refused` (`snapshot-failed`, `unsupported`); what the driver says
 */
export async function takeSnapshot(
  { operations, hypervisor }: SnapshotDependencies,
  instance: Instance,
  wanted: WantedSnapshot,
): Promise<Snapshot> {
  const { snapshots } = operations;
  const { tenantId, id: instanceId, provider } = instance;
  const key = extraKey(instance.key, 'snap', wanted.id);
  const row = await snapshots.intend({ ...wanted, tenantId, instanceId, key, provider });
  if (row.state === 'complete') return row;
  const found = await seek(hypervisor, row.callSentAt, () => findUsable(hypervisor, key));
  const ordered =
    found ??
    (await send(
      (callSentAt) => snapshots.save(row, { callSentAt }),
      () => hypervisor.createSnapshot(refOf(instance), key),
    ));
  await snapshots.save(row, { providerRef: ordered.ref });
  const { sizeBytes } = await waitUntilComplete(hypervisor, ordered).catch(onlyOnce);
  const complete = { state: 'complete' as const, sizeBytes, completedAt: new Date() };
  await snapshots.save(row, complete);
  return { ...row, ...complete, providerRef: ordered.ref };
}

/** Deletes it at the provider, and puts that on record. May be repeated. */
export async function dropSnapshot(
  { operations, hypervisor }: SnapshotDependencies,
  snapshot: Snapshot,
): Promise<void> {
  await deleteSnapshots(hypervisor, snapshot.key);
  await operations.snapshots.save(snapshot, { state: 'deleted', deletedAt: new Date() });
}

export const takeAskedSnapshot: Doing<'take-snapshot'> = async ({ deps, instance, operation, request }) => {
  const { id } = operation;
  const origin = isBackup(operation) ? 'backup' : 'manual';
  const label = request.label ?? null;
  await takeSnapshot(deps, instance, { id, origin, label, expiresAt: null });
  return { snapshotId: toEdgeId('snapshot', id) };
};

/** Whether the clock has asked for it. */
export function isBackup({ kind, askedByKind, askedById }: Operation): boolean {
  return kind === 'take-snapshot' && askedByKind === BACKUP_CLOCK.kind && askedById === BACKUP_CLOCK.id;
}

export const deleteSnapshot: Doing<'delete-snapshot'> = async ({ deps, instance, request }) => {
  const id = fromEdgeId('snapshot', request.snapshotId);
  await dropSnapshot(deps, await deps.operations.snapshots.of(instance, id));
};

async function findUsable(hypervisor: Hypervisor, key: string): Promise<ProviderSnapshot | undefined> {
  return (await hypervisor.findSnapshotsByKey(key)).find(({ state }) => state !== 'failed');
}

/** What the provider gave up on is not ordered again and again: whoever asked decides. */
function onlyOnce(error: unknown): never {
  if (!(error instanceof TenureFailure) || error.details.reason !== SNAPSHOT_FAILED) throw error;
  throw new TenureFailure('refused', error.message, {
    reason: SNAPSHOT_FAILED,
    nextStep: 'Take another one; if that fails too, look at the provider.',
  });
}
