/** Extra disks, on the SCSI controller beside the first one. A line in the description tells which key each bears. */
import { TenureFailure } from '../../../schemas/failures.ts';
import { quote } from '../../http/answers.ts';
import { HYPERVISOR_REASONS as REASONS, type InstanceOperations, type ProviderDisk } from '../port.ts';
import { type Machine, type Machines, bootDisk } from './machines.ts';
import { decodeKey, digest, encodeKey, refOf } from './marks.ts';
import { type Session, vmPath } from './session.ts';
import { type Config, diskGb, storageOf, text } from './wire.ts';

/** Places of a SCSI controller that every guest has. */
const SLOTS = Array.from({ length: 13 }, (_, index) => `scsi${index + 1}`);

export function createDisks(
  session: Session,
  machines: Machines,
): Pick<InstanceOperations, 'addDisk' | 'disks' | 'removeDisk'> {
  return {
    async addDisk(ref, { key, sizeGb }) {
      const machine = await machines.demand(ref);
      const { vmid, node, config, mark } = machine;
      // Left by a call whose answer was lost.
      const known = disksOf(machine).find((disk) => disk.key === key);
      if (known) return known;
      const slot = SLOTS.find((name) => config[name] === undefined);
      if (slot === undefined) {
        throw new TenureFailure('refused', `The machine has ${SLOTS.length} disks already.`, {
          reason: REASONS.unsupported,
          nextStep: 'Remove a disk first.',
        });
      }
      const storage = storageOf(text(config, bootDisk(config)));
      // Disk and key in one change: half of it cannot happen.
      await session.put(vmPath(node, vmid, 'config'), {
        [slot]: `${storage}:${sizeGb}`,
        description: withDiskKey(text(config, 'description'), slot, key),
        digest: text(config, 'digest'),
      });
      const instanceRef = refOf(vmid, mark?.key ?? null);
      return { ref: diskRef(instanceRef, slot, key), key, sizeGb, instanceRef };
    },

    async disks(ref) {
      return disksOf(await machines.demand(ref));
    },

    async removeDisk(ref, wanted) {
      if (!/^[0-9a-f-]+\.scsi\d+\.[0-9a-f]+$/.test(wanted)) {
        const message = `"${quote(wanted, [])}" is not an extra disk of Proxmox VE.`;
        throw new TenureFailure('refused', message, { reason: REASONS.badRef });
      }
      const machine = await machines.demand(ref);
      const [, slot = ''] = wanted.split('.');
      if (!disksOf(machine).some((disk) => disk.ref === wanted)) return;
      const { vmid, node } = machine;
      await session.put(vmPath(node, vmid, 'unlink'), { idlist: slot, force: 1 });
    },
  };
}

/** Places are taken again, so the place alone does not tell which disk is meant. */
function diskRef(instanceRef: string, slot: string, key: string | null): string {
  return `${instanceRef}.${slot}.${digest(key ?? '')}`;
}

function disksOf({ vmid, config, mark }: Machine): ProviderDisk[] {
  const first = bootDisk(config);
  const keys = diskKeys(text(config, 'description'));
  return SLOTS.flatMap((slot) => {
    const sizeGb = isDisk(config, slot) && slot !== first ? diskGb(text(config, slot)) : null;
    if (sizeGb === null) return [];
    const instanceRef = refOf(vmid, mark?.key ?? null);
    const key = keys.get(slot) ?? null;
    return [{ ref: diskRef(instanceRef, slot, key), key, sizeGb, instanceRef }];
  });
}

function isDisk(config: Config, slot: string): boolean {
  const value = text(config, slot);
  return value !== '' && !value.includes('media=cdrom');
}

function diskKeys(description: string): Map<string, string> {
  const lines = description.matchAll(/^tenure-disk:(scsi\d+)=(\S+)\s*$/gm);
  return new Map([...lines].map(([, slot = '', key = '']) => [slot, decodeKey(key)]));
}

/** A removed disk leaves its line behind until its place is taken again. */
function withDiskKey(description: string, slot: string, key: string): string {
  const lines = description
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(`tenure-disk:${slot}=`));
  return [...lines, `tenure-disk:${slot}=${encodeKey(key)}`].join('\n');
}
