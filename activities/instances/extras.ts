/** What was added to an instance and may outlive it at the provider, and what it costs: snapshots, extra disks, extra addresses. */
import { In, IsNull, type DataSource, type EntityManager } from 'typeorm';
import {
  InstanceAddresses,
  InstanceDisks,
  type InstanceAddress,
  type InstanceDisk,
} from '../../schemas/db/entities/instance-extra.ts';
import type { Instance } from '../../schemas/db/entities/instance.ts';
import { type Snapshot, Snapshots } from '../../schemas/db/entities/snapshot.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { type Hypervisor, operationOf } from '../hypervisors/port.ts';
import { unlessGone } from './presence.ts';

/** Those that are not known to be gone. */
export interface Extras {
  snapshots: Snapshot[];
  disks: InstanceDisk[];
  addresses: InstanceAddress[];
}

export type ExtraRows = ReturnType<typeof createExtraRows>;

export function createExtraRows(db: DataSource) {
  return {
    async of({ tenantId, id: instanceId }: Pick<Instance, 'tenantId' | 'id'>): Promise<Extras> {
      return withTenant(db, tenantId, async (tx) => {
        const where = { instanceId, deletedAt: IsNull() };
        return {
          snapshots: await tx.getRepository(Snapshots).findBy(where),
          disks: await tx.getRepository(InstanceDisks).findBy(where),
          addresses: await tx.getRepository(InstanceAddresses).findBy(where),
        };
      });
    },

    /** On record: none of them is left. */
    async noteGone(tenantId: string, { snapshots, disks, addresses }: Extras): Promise<void> {
      const ids = (rows: { id: string }[]) => ({ id: In(rows.map(({ id }) => id)) });
      const deletedAt = new Date();
      await withTenant(db, tenantId, async (tx) => {
        await tx.getRepository(Snapshots).update(ids(snapshots), { state: 'deleted', deletedAt });
        await tx.getRepository(InstanceDisks).update(ids(disks), { state: 'removed', deletedAt });
        await tx.getRepository(InstanceAddresses).update(ids(addresses), { state: 'removed', deletedAt });
      });
    },
  };
}

/** What is left of a lost instance goes to its successor: snapshots to be restored there, all of it to be given back with it. */
export async function moveExtras(tx: EntityManager, from: string, to: string): Promise<void> {
  for (const entity of [Snapshots, InstanceDisks, InstanceAddresses]) {
    await tx.getRepository(entity).update({ instanceId: from, deletedAt: IsNull() }, { instanceId: to });
  }
}

/** Before the instance goes: whoever no longer has a server pays for none of this. May be repeated. */
export async function removeExtras(
  { hypervisor, extras }: { hypervisor: Hypervisor; extras: ExtraRows },
  instance: Instance,
): Promise<void> {
  const left = await extras.of(instance);
  await removeAddresses(hypervisor, left.addresses);
  await removeDisks(hypervisor, instance, left.disks);
  for (const { key } of left.snapshots) await deleteSnapshots(hypervisor, key);
  await extras.noteGone(instance.tenantId, left);
}

/** Deletes whatever bears the snapshot's key: also a second one that a lost answer left. */
export async function deleteSnapshots(hypervisor: Hypervisor, key: string): Promise<void> {
  for (const { ref } of await hypervisor.findSnapshotsByKey(key)) await hypervisor.deleteSnapshot(ref);
}

/** Also those that bear our key and nobody wrote down: some providers keep and charge a disk whose instance is gone. */
async function removeDisks(
  hypervisor: Hypervisor,
  { key, providerRef }: Instance,
  known: InstanceDisk[],
): Promise<void> {
  if (hypervisor.operations.removeDisk === undefined) return;
  const remove = (ref: string, diskRef: string): Promise<boolean> =>
    unlessGone(key, () => operationOf(hypervisor, 'removeDisk')(ref, diskRef));
  if (providerRef !== null) {
    await unlessGone(key, async () => {
      for (const disk of await operationOf(hypervisor, 'disks')(providerRef)) {
        if (disk.key?.startsWith(`${key}-`)) await remove(providerRef, disk.ref);
      }
    });
  }
  for (const disk of known) if (disk.providerRef !== null) await remove(disk.instanceRef, disk.providerRef);
}

async function removeAddresses(hypervisor: Hypervisor, known: InstanceAddress[]): Promise<void> {
  for (const { id, instanceRef, providerRef } of known) {
    if (providerRef === null) continue;
    await unlessGone(id, () => operationOf(hypervisor, 'removeAddress')(instanceRef, providerRef));
  }
}
