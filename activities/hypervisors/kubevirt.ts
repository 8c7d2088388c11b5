/**
 * KubeVirt 1.x in one namespace of a Kubernetes cluster (https://kubevirt.io/api-reference/).
 *
 * A machine's name follows from its business key, so that a create that is said twice makes one machine. With a git
 * repository the driver's changes are commits for Flux (`kubevirt/gitops.ts`); reads always ask the cluster.
 */
import { TenureFailure } from '../../schemas/failures.ts';
import { ANSWER_LOST } from '../http/failures.ts';
import type { Pace } from '../http/pace.ts';
import { readCapacity, checkZoneOpen } from './kubevirt/capacity.ts';
import { type Cluster, openCluster, unlessGone } from './kubevirt/cluster.ts';
import { isFailure } from './kubevirt/failures.ts';
import { openGitRepository } from './kubevirt/git-repository.ts';
import { createGitOpsWrites } from './kubevirt/gitops.ts';
import { createInventory } from './kubevirt/inventory.ts';
import { type Manifest, snapshotOf, userDataSecret, virtualMachine } from './kubevirt/manifests.ts';
import { ANNOTATIONS, LABELS, checkRef, keyLabel, nameOfKey, userDataName } from './kubevirt/names.ts';
import { createOperations } from './kubevirt/operations.ts';
import { readPlan, sizeOfOrder } from './kubevirt/plan.ts';
import { type Snapshot, type Vm, sizeOfContent, toInstance, toSnapshot } from './kubevirt/shapes.ts';
import { type Writes, checkOurs, createClusterWrites, missing } from './kubevirt/writes.ts';
import type { Hypervisor, ProviderSnapshot } from './port.ts';

export interface KubevirtOptions extends Pick<Hypervisor, 'createSettleMs' | 'pollMs'> {
  /** The API server, e.g. `https://10.0.0.1:6443`. */
  apiBase: string;
  /** Bearer token of a service account. */
  token: string;
  namespace: string;
  /** PEM of the authority that signed the server's certificate; default: the system's. */
  ca?: string;
  /** Time limit of one call, in ms. */
  timeoutMs: number;
  /** How long the cluster may take to stop, delete or restore a machine, or to apply a commit, in ms. */
  waitMs: number;
  /** Default 20. */
  requestsPerSecond?: number;
  pace?: Pace;
  /** Changes are commits here instead of calls. */
  git?: { url: string; branch: string; folder: string; token?: string };
}

/** Creates the driver of one namespace. */
export function createKubevirtDriver(options: KubevirtOptions): Hypervisor {
  const { timeoutMs, waitMs, createSettleMs, pollMs, requestsPerSecond = 20, git } = options;
  const cluster = openCluster({ ...options, requestsPerSecond });
  const { vms, snapshots, namespace } = cluster;
  const writes: Writes = git
    ? createGitOpsWrites(cluster, {
        repository: openGitRepository({ ...git, timeoutMs }),
        folder: git.folder,
        waitMs,
      })
    : createClusterWrites(cluster, waitMs);
  const inventory = createInventory(cluster, writes);
  const { operations, lacks } = createOperations(cluster, writes, git !== undefined, waitMs);

  return {
    name: 'kubevirt',
    // Own hardware: nobody sends a bill, and a stopped machine gives its CPU and memory back.
    capabilities: {
      snapshots: true,
      snapshotsOutlive: true,
      lacks,
      billsWhileStopped: false,
      userData: true,
      restoresElsewhere: false,
      protocols: ['ssh', 'rdp'],
    },
    createSettleMs,
    pollMs,
    requestsPerSecond,
    operations,

    checkPlan: (plan, region) => void readPlan(plan, region),
    sizeOf: (plan, region) => sizeOfOrder(readPlan(plan, region)),
    // Without a zone any node is right.
    isInRegion: (plan, region, seen) => [seen, ''].includes(readPlan(plan, region).zone),
    capacity: () => readCapacity(cluster),

    async create(request) {
      const { key, region, plan, userData } = request;
      const order = readPlan(plan, region);
      const manifest = virtualMachine(request, order, namespace);
      const { name } = manifest.metadata;
      // Its first boot has read the first-boot data of its time; they are not replaced.
      const present = await vms.get(name);
      if (present !== null) return inventory.withRunning(checkOurs(present, manifest));
      await checkZoneOpen(cluster, order.zone);
      await cluster.applySecret(userDataSecret(key, name, namespace, userData));
      const made = await makeMachine(cluster, writes, manifest);
      // The machine is made: failing now would say that it is not. Each look at it tries again.
      await handOverUserData(cluster, made).catch(() => undefined);
      return toInstance(made, null);
    },

    async advance(ref) {
      const vm = await vms.get(checkRef(ref));
      if (vm !== null && vm.status?.printableStatus !== 'Running') await handOverUserData(cluster, vm);
    },

    async forget(key) {
      const name = nameOfKey(key);
      if ((await inventory.get(name)) === null) await removeUserData(cluster, name);
    },

    findByKey: (key) => inventory.findByKey(key),
    get: async (ref) => inventory.get(checkRef(ref)),
    list: () => inventory.list(),
    start: async (ref) => writes.setPower(checkRef(ref), true),
    stop: async (ref) => writes.setPower(checkRef(ref), false),

    async delete(ref) {
      await writes.removeMachine(checkRef(ref));
      await removeUserData(cluster, ref);
    },

    async createSnapshot(ref, key) {
      // One of a machine that is not there would be accepted, and fail in the end.
      if ((await vms.get(checkRef(ref))) === null) throw missing(ref);
      return toSnapshot(await writes.createSnapshot(snapshotOf(ref, key, namespace)), null);
    },

    async findSnapshotsByKey(key) {
      const found: ProviderSnapshot[] = [];
      for await (const { items } of snapshots.pages(`${LABELS.key}=${keyLabel(key)}`)) {
        const ours = items.filter(({ metadata }) => metadata.annotations?.[ANNOTATIONS.key] === key);
        found.push(...(await Promise.all(ours.map((snapshot) => withSize(cluster, snapshot)))));
      }
      return found;
    },

    async getSnapshot(snapshotRef) {
      const name = checkRef(snapshotRef);
      const snapshot = await snapshots.get(name);
      if (snapshot !== null) return withSize(cluster, snapshot);
      const ordered = await writes.orderedSnapshot(name);
      return ordered && toSnapshot(ordered, null);
    },

    async *listSnapshots() {
      // Their sizes would cost a call each.
      for await (const { items } of snapshots.pages()) yield* items.map((each) => toSnapshot(each, null));
    },

    deleteSnapshot: async (snapshotRef) => writes.removeSnapshot(checkRef(snapshotRef)),
  };
}

/** Orders a machine; first-boot data of one that surely was not made are not left behind. */
async function makeMachine(cluster: Cluster, writes: Writes, manifest: Manifest): Promise<Vm> {
  try {
    return await writes.createMachine(manifest);
  } catch (error) {
    const isOpen = !(error instanceof TenureFailure) || isFailure(error, ANSWER_LOST);
    if (!isOpen) await removeUserData(cluster, manifest.metadata.name).catch(() => undefined);
    throw error;
  }
}

/** Makes the machine own its Secret, so that this also goes with one that is deleted behind our back. Its data stay as they are. */
async function handOverUserData({ client, namespace }: Cluster, { metadata }: Vm): Promise<void> {
  const { name, uid } = metadata;
  // A machine that is only ordered has none yet.
  if (uid === undefined) return;
  const { core, merge } = await client();
  const owner = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name, uid };
  const body = { metadata: { ownerReferences: [owner] } };
  await unlessGone(core.patchNamespacedSecret({ name: userDataName(name), namespace, body }, merge));
}

async function removeUserData({ client, namespace }: Cluster, instance: string): Promise<void> {
  const { core } = await client();
  await unlessGone(core.deleteNamespacedSecret({ name: userDataName(instance), namespace }));
}

async function withSize({ contents }: Cluster, snapshot: Snapshot): Promise<ProviderSnapshot> {
  const content = snapshot.status?.virtualMachineSnapshotContentName;
  if (!content || snapshot.status?.readyToUse !== true) return toSnapshot(snapshot, null);
  const found = await contents.get(content);
  return toSnapshot(snapshot, found && sizeOfContent(found));
}
