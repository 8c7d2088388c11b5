/** The last snapshot of an instance: ordered once by its key, kept for its time, then deleted. None where it would go with the instance. */
import { TenureFailure } from '../../schemas/failures.ts';
import type { Hypervisor, ProviderSnapshot } from '../hypervisors/port.ts';
import { pause } from '../temporal.ts';
import { unlessGone } from './presence.ts';
import type { InstanceRows, InstanceTarget } from './rows.ts';

interface SnapshotDependencies {
  rows: InstanceRows;
  hypervisor: Hypervisor;
}

/** Orders the snapshot unless one bears its key, and waits until it is complete. None of what is gone. */
export async function finalSnapshot(
  { rows, hypervisor }: SnapshotDependencies,
  target: InstanceTarget,
): Promise<{ snapshotRef: string | null }> {
  const row = await rows.load(target);
  if (!hypervisor.capabilities.snapshotsOutlive) return { snapshotRef: null };
  if (row.providerRef === null || row.deletedAt !== null) {
    return { snapshotRef: row.finalSnapshotRef };
  }
  const key = `${row.key}-final`;
  const found = (await hypervisor.findSnapshotsByKey(key)).find(({ state }) => state !== 'failed');
  const snapshot = found ?? (await order(hypervisor, row.providerRef, key));
  if (snapshot === null) return { snapshotRef: null };
  await waitUntilComplete(hypervisor, snapshot);
  await rows.save(target, { finalSnapshotRef: snapshot.ref }, { kind: 'snapshot-taken', row });
  return { snapshotRef: snapshot.ref };
}

async function order(hypervisor: Hypervisor, ref: string, key: string): Promise<ProviderSnapshot | null> {
  let ordered: ProviderSnapshot | null = null;
  await unlessGone(key, async () => {
    ordered = await hypervisor.createSnapshot(ref, key);
  });
  return ordered;
}

/** The reason of a failure: the provider gave up on a snapshot, or lost it. */
export const SNAPSHOT_FAILED = 'snapshot-failed';

/** @throws TenureFailure `retryable` (`snapshot-failed`) */
export async function waitUntilComplete(
  hypervisor: Hypervisor,
  { ref }: ProviderSnapshot,
): Promise<ProviderSnapshot> {
  for (;;) {
    const snapshot = await hypervisor.getSnapshot(ref);
    if (snapshot?.state === 'complete') return snapshot;
    if (snapshot === null || snapshot.state === 'failed') {
      throw new TenureFailure('retryable', 'The provider could not take the snapshot.', {
        reason: SNAPSHOT_FAILED,
      });
    }
    await pause(hypervisor.pollMs);
  }
}

/** Deletes whatever bears the last snapshot's key: also a second one that a lost answer left. */
export async function removeFinalSnapshot(
  { rows, hypervisor }: SnapshotDependencies,
  target: InstanceTarget,
): Promise<void> {
  const row = await rows.load(target);
  for (const { ref } of await hypervisor.findSnapshotsByKey(`${row.key}-final`))
    await hypervisor.deleteSnapshot(ref);
  if (row.finalSnapshotRef !== null) await rows.save(target, { finalSnapshotRef: null });
}
