/** Putting a snapshot's disk back. The cluster leaves the machine stopped; one that ran is started again. */
import { randomBytes } from 'node:crypto';
import { TenureFailure } from '../../../schemas/failures.ts';
import { NOT_FOUND } from '../../http/failures.ts';
import { HYPERVISOR_REASONS as REASONS, type InstanceOperations } from '../port.ts';
import type { Cluster } from './cluster.ts';
import { notYet } from './failures.ts';
import { restoreOf } from './manifests.ts';
import { ANNOTATIONS, LABELS, checkRef } from './names.ts';
import { type Restore, willRun } from './shapes.ts';
import { type Writes, missing } from './writes.ts';

/** @param waitMs how long it may take until the disk is back. */
export function createRestoring(
  cluster: Cluster,
  writes: Writes,
  waitMs: number,
): InstanceOperations['restoreSnapshot'] {
  const { vms, snapshots, restores, namespace } = cluster;

  /** One that an earlier call began and did not see through: it is finished, not begun again. */
  async function begun(ref: string, snapshot: string): Promise<Restore | null> {
    for await (const { items } of restores.pages(`${LABELS.instance}=${ref}`)) {
      const found = items.find(
        ({ metadata, spec, status }) =>
          spec.virtualMachineSnapshotName === snapshot &&
          metadata.deletionTimestamp === undefined &&
          !hasFailed(status),
      );
      if (found) return found;
    }
    return null;
  }

  return async (ref, snapshotRef) => {
    const [name, snapshot] = [checkRef(ref), checkRef(snapshotRef)];
    const vm = await vms.get(name);
    if (vm === null) throw missing(name);
    const taken = await snapshots.get(snapshot);
    if (taken === null) {
      throw new TenureFailure('refused', `KubeVirt has no snapshot ${snapshot}.`, { reason: NOT_FOUND });
    }
    if (taken.spec.source.name !== name) {
      throw new TenureFailure('refused', `Snapshot ${snapshot} is not one of machine ${name}.`, {
        reason: REASONS.unsupported,
        nextStep:
          'KubeVirt puts a snapshot back onto the machine that it was taken of; choose one of this server.',
      });
    }
    const restore =
      (await begun(name, snapshot)) ??
      (await restores.create(restoreOf(restoreName(name), name, snapshot, willRun(vm), namespace)));
    const { name: restoring, annotations } = restore.metadata;

    let last: Restore | null = null;
    const isOver = (seen: Restore | null): boolean => {
      last = seen;
      return seen === null || seen.status?.complete === true || hasFailed(seen.status);
    };
    if (!(await restores.until(restoring, isOver, waitMs))) throw notYet(`${name} is still being restored`);
    if (last !== null && hasFailed((last as Restore).status)) {
      await restores.remove(restoring);
      throw new TenureFailure('retryable', `KubeVirt could not restore ${name} from ${snapshot}.`, {
        reason: REASONS.locked,
        nextStep: 'Look at the machine’s conditions; nothing was put back.',
      });
    }
    if (annotations?.[ANNOTATIONS.startAfter] === 'true') await writes.setPower(name, true);
    // Gone is how a later call tells that this one was seen through.
    await restores.remove(restoring);
  };
}

function restoreName(instance: string): string {
  return `${instance.slice(0, 50)}-r-${randomBytes(4).toString('hex')}`;
}

function hasFailed(status: Restore['status']): boolean {
  return (status?.conditions ?? []).some(({ type, status: value }) => type === 'Failure' && value === 'True');
}
