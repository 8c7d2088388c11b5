/** What a machine of KubeVirt can do beyond running, and why not the rest. */
import { randomBytes } from 'node:crypto';
import { TenureFailure } from '../../../schemas/failures.ts';
import { BAD_REQUEST } from '../../http/failures.ts';
import type { Capabilities, FirewallRule, InstanceOperations } from '../port.ts';
import { type Cluster, unlessGone } from './cluster.ts';
import { createDiskOperations } from './disks.ts';
import { networkPolicy, rulesOf, sameRules } from './firewall.ts';
import { diskParts, extraDisksOf, sizeChange, userDataSecret } from './manifests.ts';
import { ANNOTATIONS, LABELS, checkRef } from './names.ts';
import { readPlan, sizeOfOrder } from './plan.ts';
import { createRestoring } from './restoring.ts';
import { type Vm, type Vmi, addressesOf, sizeOfRunning, sizeOfVm, willRun } from './shapes.ts';
import { type Writes, missing } from './writes.ts';

const LACKS: Capabilities['lacks'] = {
  console: {
    en: 'A screen is a stream inside the cluster that no browser can open; use “virtctl vnc” or a gateway.',
    de: 'Der Bildschirm ist ein Datenstrom im Cluster, den kein Browser öffnen kann; nehmen Sie „virtctl vnc“ oder ein Gateway.',
  },
  addAddress: {
    en: 'Addresses come from the cluster’s network; give the plan a network that has public ones.',
    de: 'Adressen kommen aus dem Netz des Clusters; ein Tarif mit einem öffentlichen Netz hat öffentliche.',
  },
  removeAddress: {
    en: 'Addresses come from the cluster’s network and go with the instance.',
    de: 'Adressen kommen aus dem Netz des Clusters und gehen mit dem Server.',
  },
};

const NO_EXTRA_DISKS = {
  en: 'There are no extra disks while Flux keeps the machines.',
  de: 'Zusätzliche Platten gibt es nicht, solange Flux die Maschinen verwaltet.',
};

const LACKS_WITH_GIT: Capabilities['lacks'] = {
  restoreSnapshot: {
    en: 'Flux would undo it, because a restore renames the disks; create a new instance instead.',
    de: 'Flux würde es rückgängig machen, weil ein Wiederherstellen die Platten umbenennt; bestellen Sie stattdessen einen neuen Server.',
  },
  addDisk: {
    en: 'Flux would undo it; choose a plan with a larger disk.',
    de: 'Flux würde es rückgängig machen; wählen Sie einen Tarif mit einer größeren Platte.',
  },
  disks: NO_EXTRA_DISKS,
  removeDisk: NO_EXTRA_DISKS,
};

/** How long a restart may take until the old run is seen to end, in ms. */
const RESTART_MS = 10_000;

/** @param isGitOps writes are commits. @param waitMs how long the cluster may take for what is waited for. */
export function createOperations(
  cluster: Cluster,
  writes: Writes,
  isGitOps: boolean,
  waitMs: number,
): { operations: Partial<InstanceOperations>; lacks: Capabilities['lacks'] } {
  const { vms, vmis, dataVolumes, client, namespace } = cluster;

  const machine = async (ref: string): Promise<{ vm: Vm; vmi: Vmi | null }> => {
    const vm = await vms.get(checkRef(ref));
    if (vm === null) throw missing(ref);
    return { vm, vmi: await vmis.get(ref) };
  };

  /** Ends the present run, so that the next one begins with what the machine's description says now. */
  const restart = async (ref: string, running: Vmi): Promise<void> => {
    await cluster.act(ref, 'restart', {});
    // It still says Running for a moment, and that is the old run.
    const { uid } = running.metadata;
    await vmis.until(
      ref,
      (vmi) => vmi === null || vmi.metadata.uid !== uid || vmi.metadata.deletionTimestamp !== undefined,
      Math.min(waitMs, RESTART_MS),
    );
  };

  const rulesInForce = async (ref: string): Promise<FirewallRule[] | null> => {
    const { networking } = await client();
    const policy = await unlessGone(networking.readNamespacedNetworkPolicy({ name: ref, namespace }));
    return policy && rulesOf(policy);
  };

  /** Removes the first disks of earlier installations; the cluster keeps what is still in use until it is not. */
  const removeDisksBut = async (disk: string, ref: string): Promise<void> => {
    for await (const { items } of dataVolumes.pages(`${LABELS.instance}=${ref}`)) {
      const old = items.filter(({ metadata }) => metadata.name !== disk);
      for (const { metadata } of old) await dataVolumes.remove(metadata.name, metadata.uid);
    }
  };

  const operations: Partial<InstanceOperations> = {
    async reboot(ref) {
      const { vm, vmi } = await machine(ref);
      if (vmi === null || !willRun(vm)) {
        throw new TenureFailure('refused', `${ref} does not run.`, {
          reason: BAD_REQUEST,
          nextStep: 'Start it instead.',
        });
      }
      await restart(ref, vmi);
    },

    async resize(ref, { plan, region }) {
      checkRef(ref);
      const order = readPlan(plan, region);
      const wanted = sizeOfOrder(order);
      const { vm, vmi } = await machine(ref);
      if (sizeOfVm(vm) !== wanted) {
        await writes.changeMachine(ref, { spec: sizeChange(order) }, (seen) => sizeOfVm(seen) === wanted);
      }
      if (vmi !== null && willRun(vm) && sizeOfRunning(vmi) !== wanted) await restart(ref, vmi);
    },

    async reinstall(ref, { plan, region, hostname, userData }) {
      checkRef(ref);
      const order = readPlan(plan, region);
      const { vm, vmi } = await machine(ref);
      const key = vm.metadata.annotations?.[ANNOTATIONS.key] ?? ref;
      await cluster.applySecret(userDataSecret(key, ref, namespace, userData));
      // Under a new name there is nothing on it yet.
      const disk = `${ref}-root-${randomBytes(3).toString('hex')}`;
      const isOnDisk = ({ spec }: Vm): boolean =>
        (spec.template.spec.volumes ?? []).some(({ dataVolume }) => dataVolume?.name === disk);
      const spec = diskParts({ name: ref, hostname, disk }, order, extraDisksOf(vm));
      await writes.changeMachine(ref, { spec }, isOnDisk);
      if (vmi !== null && willRun(vm)) await restart(ref, vmi);
      else await writes.setPower(ref, true);
      // It is installed anew in any case, and old disks go with the machine at the latest.
      await removeDisksBut(disk, ref).catch(() => undefined);
    },

    async rename(ref, name) {
      const isNamed = ({ metadata }: Vm): boolean => metadata.annotations?.[ANNOTATIONS.name] === name;
      const change = { metadata: { annotations: { [ANNOTATIONS.name]: name } } };
      await writes.changeMachine(checkRef(ref), change, isNamed);
    },

    async addresses(ref) {
      const { vmi } = await machine(ref);
      const all = vmi ? addressesOf(vmi) : [];
      return all.map((address) => ({ ref: address, address, instanceRef: ref }));
    },

    async setFirewall(ref, rules) {
      checkRef(ref);
      const policy = networkPolicy(ref, rules, namespace);
      if ((await vms.get(ref)) === null) throw missing(ref);
      const inForce = await rulesInForce(ref);
      if (inForce !== null && sameRules(inForce, rules)) return;
      await writes.applyFirewall(policy, rules);
    },

    async firewall(ref) {
      if ((await vms.get(checkRef(ref))) === null) throw missing(ref);
      return rulesInForce(ref);
    },

    ...(!isGitOps && {
      restoreSnapshot: createRestoring(cluster, writes, waitMs),
      ...createDiskOperations(cluster, waitMs),
    }),
  };
  return { operations, lacks: isGitOps ? { ...LACKS, ...LACKS_WITH_GIT } : LACKS };
}
