/** Two ways to change a cluster: by its API, or by a git repository that Flux applies (`gitops.ts`). Reads are the same. */
import { TenureFailure } from '../../../schemas/failures.ts';
import { NOT_FOUND } from '../../http/failures.ts';
import { type FirewallRule, HYPERVISOR_REASONS as REASONS } from '../port.ts';
import { type Cluster, unlessGone } from './cluster.ts';
import { ALREADY_EXISTS, CONFLICT, isFailure, notYet } from './failures.ts';
import type { Manifest } from './manifests.ts';
import { ANNOTATIONS } from './names.ts';
import { type Snapshot, type Vm, willRun } from './shapes.ts';

export interface Writes {
  /** Orders a machine; the one that its key has made already, if there is one. */
  createMachine(manifest: Manifest): Promise<Vm>;
  /** Changes a machine by a JSON merge patch and answers when the cluster has it. @param isDone tells that. */
  changeMachine(name: string, change: Record<string, unknown>, isDone: (vm: Vm) => boolean): Promise<void>;
  /** Powers on or off; nothing if that is asked for already. */
  setPower(name: string, isToRun: boolean): Promise<void>;
  /** Deletes and waits until it is gone. */
  removeMachine(name: string): Promise<void>;
  createSnapshot(manifest: Manifest): Promise<Snapshot>;
  removeSnapshot(name: string): Promise<void>;
  /** @param rules what the manifest says. */
  applyFirewall(manifest: Manifest, rules: readonly FirewallRule[]): Promise<void>;
  /** A machine that is ordered, but which the cluster does not know yet. */
  orderedMachine(name: string): Promise<Vm | null>;
  orderedMachines(): AsyncIterable<Vm>;
  orderedSnapshot(name: string): Promise<Snapshot | null>;
}

/** Writes by the cluster's API. @param waitMs how long a machine may take to stop or to go. */
export function createClusterWrites(cluster: Cluster, waitMs: number): Writes {
  const { vms, vmis, snapshots, client, namespace } = cluster;

  return {
    createMachine: (manifest) => createOnce(vms, manifest),

    async changeMachine(name, change) {
      await vms.patch(name, change);
    },

    async setPower(name, isToRun) {
      const vm = await vms.get(name);
      if (vm === null) throw missing(name);
      if (willRun(vm) === isToRun) return;
      // A start is refused for as long as the machine is still going down.
      if (isToRun) await vmis.until(name, (vmi) => vmi === null, waitMs);
      try {
        await cluster.act(name, isToRun ? 'start' : 'stop', {});
      } catch (error) {
        if (!isFailure(error, CONFLICT)) throw error;
        const now = await vms.get(name);
        if (now === null || willRun(now) !== isToRun) throw error;
      }
    },

    async removeMachine(name) {
      const vm = await vms.get(name);
      if (vm !== null) {
        const { uid, deletionTimestamp } = vm.metadata;
        if (deletionTimestamp === undefined) await vms.remove(name, uid);
        const isGone = (seen: Vm | null): boolean => seen === null || seen.metadata.uid !== uid;
        if (!(await vms.until(name, isGone, waitMs))) throw notYet(`${name} is still being deleted`);
      }
      const { networking } = await client();
      await unlessGone(networking.deleteNamespacedNetworkPolicy({ name, namespace }));
    },

    createSnapshot: (manifest) => createOnce(snapshots, manifest),
    removeSnapshot: async (name) => {
      await snapshots.remove(name);
      const isGone = await snapshots.until(name, (seen) => seen === null, waitMs);
      if (!isGone) throw notYet(`snapshot ${name} is still being deleted`);
    },
    applyFirewall: (manifest) => cluster.applyNetworkPolicy(manifest),

    // What the API has accepted, the cluster knows.
    orderedMachine: () => Promise.resolve(null),
    async *orderedMachines() {},
    orderedSnapshot: () => Promise.resolve(null),
  };
}

/** The failure of a call for a machine that is not there. */
export function missing(name: string): TenureFailure {
  return new TenureFailure('refused', `KubeVirt has no machine ${name}.`, {
    reason: NOT_FOUND,
    upstream: '404',
  });
}

/** Creates, or finds what an earlier call has made: a key has only one name. */
async function createOnce<T extends Vm | Snapshot>(
  kind: { create(manifest: Manifest): Promise<T>; get(name: string): Promise<T | null> },
  manifest: Manifest,
): Promise<T> {
  try {
    return await kind.create(manifest);
  } catch (error) {
    if (!isFailure(error, ALREADY_EXISTS)) throw error;
    const found = await kind.get(manifest.metadata.name);
    if (found === null) throw isGoing(manifest, error);
    return checkOurs(found, manifest, error);
  }
}

/** @throws TenureFailure if what bears the name is about to go, or is not of this key. */
export function checkOurs<T extends Vm | Snapshot>(found: T, manifest: Manifest, cause?: TenureFailure): T {
  const { annotations, deletionTimestamp } = found.metadata;
  if (deletionTimestamp !== undefined) throw isGoing(manifest, cause);
  if (annotations?.[ANNOTATIONS.key] === manifest.metadata.annotations?.[ANNOTATIONS.key]) return found;
  throw new TenureFailure(
    'refused',
    `The name ${manifest.metadata.name} is taken by another ${manifest.kind}.`,
    {
      reason: ALREADY_EXISTS,
      nextStep: 'Look who made it, and delete or rename it.',
    },
  );
}

function isGoing({ kind, metadata }: Manifest, cause?: TenureFailure): TenureFailure {
  const message = `${kind} ${metadata.name} is being deleted; its name is free again afterwards.`;
  return new TenureFailure('retryable', message, { reason: REASONS.locked }, { cause });
}
