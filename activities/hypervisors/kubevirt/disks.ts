/** Extra disks: claims of their own, plugged into the machine while it runs. */
import type { V1PersistentVolumeClaim } from '@kubernetes/client-node';
import { TenureFailure } from '../../../schemas/failures.ts';
import { NOT_FOUND } from '../../http/failures.ts';
import type { InstanceOperations, ProviderDisk } from '../port.ts';
import { type Cluster, unlessGone } from './cluster.ts';
import { ALREADY_EXISTS, isFailure, notYet } from './failures.ts';
import { extraDisk } from './manifests.ts';
import { ANNOTATIONS, LABELS, checkRef } from './names.ts';
import { bytesOf } from './quantity.ts';
import type { Vm } from './shapes.ts';
import { missing } from './writes.ts';

type DiskOperations = Pick<InstanceOperations, 'addDisk' | 'disks' | 'removeDisk'>;

/** @param waitMs how long a disk may take to come off. */
export function createDiskOperations(cluster: Cluster, waitMs: number): DiskOperations {
  const { vms, client, namespace } = cluster;

  const machine = async (ref: string): Promise<Vm> => {
    const vm = await vms.get(checkRef(ref));
    if (vm === null) throw missing(ref);
    return vm;
  };
  const claimOf = async (name: string): Promise<V1PersistentVolumeClaim | null> =>
    unlessGone((await client()).core.readNamespacedPersistentVolumeClaim({ name, namespace }));

  return {
    async addDisk(ref, disk) {
      const vm = await machine(ref);
      const owner = { name: ref, uid: vm.metadata.uid ?? '' };
      const manifest = extraDisk(disk, owner, namespace);
      const { name } = manifest.metadata;
      try {
        await (
          await client()
        ).core.createNamespacedPersistentVolumeClaim({
          namespace,
          body: manifest,
          fieldValidation: 'Strict',
        });
      } catch (error) {
        // Left by an attempt that did not come to plugging it in.
        if (!isFailure(error, ALREADY_EXISTS) || !isOf(await claimOf(name), ref)) throw error;
      }
      if (!isPlugged(vm, name)) {
        await cluster.act(ref, 'addvolume', {
          name,
          // Only SCSI disks come and go in a running machine.
          disk: { name, disk: { bus: 'scsi' }, serial: name.slice(-20) },
          volumeSource: { persistentVolumeClaim: { claimName: name, hotpluggable: true } },
        });
      }
      return { ref: name, key: disk.key, sizeGb: disk.sizeGb, instanceRef: ref };
    },

    async disks(ref) {
      const vm = await machine(ref);
      const { core } = await client();
      const { items } = await core.listNamespacedPersistentVolumeClaim({
        namespace,
        labelSelector: `${LABELS.instance}=${ref},${LABELS.key}`,
      });
      return items
        .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
        .map((claim) => toDisk(claim, vm));
    },

    async removeDisk(ref, diskRef) {
      checkRef(ref);
      const name = checkRef(diskRef);
      const claim = await claimOf(name);
      if (claim === null) return;
      if (!isOf(claim, ref)) {
        throw new TenureFailure('refused', `${ref} has no disk ${name}.`, { reason: NOT_FOUND });
      }
      const vm = await vms.get(ref);
      const plugged = vm === null ? undefined : claimPlugged(vm, name);
      if (plugged !== undefined) {
        await cluster.act(ref, 'removevolume', { name });
        const isOff = await vms.until(ref, (seen) => seen === null || !isPlugged(seen, name), waitMs);
        if (!isOff) throw notYet(`disk ${name} is still plugged into ${ref}`);
      }
      const { core } = await client();
      for (const each of new Set([plugged ?? name, name])) {
        await unlessGone(core.deleteNamespacedPersistentVolumeClaim({ name: each, namespace }));
      }
    },
  };
}

function isOf(claim: V1PersistentVolumeClaim | null, instance: string): boolean {
  return claim?.metadata?.labels?.[LABELS.instance] === instance;
}

/** A restore gives a volume another claim, but it keeps its name, which is the first claim's. */
function isPlugged({ spec }: Vm, name: string): boolean {
  return (spec.template.spec.volumes ?? []).some((volume) => volume.name === name);
}

/** The claim that a volume has now. */
function claimPlugged({ spec }: Vm, name: string): string | undefined {
  const volume = (spec.template.spec.volumes ?? []).find((each) => each.name === name);
  return volume?.persistentVolumeClaim?.claimName ?? volume?.dataVolume?.name;
}

function toDisk({ metadata, spec }: V1PersistentVolumeClaim, vm: Vm): ProviderDisk {
  const name = metadata?.name ?? '';
  const bytes = bytesOf(spec?.resources?.requests?.['storage']) ?? 0;
  return {
    ref: name,
    key: metadata?.annotations?.[ANNOTATIONS.key] ?? null,
    sizeGb: Math.round(bytes / 1024 ** 3),
    instanceRef: isPlugged(vm, name) ? vm.metadata.name : null,
  };
}
