/** Disk settings such as `ceph:vm-100-disk-0,size=8G`. */
import { storages } from './catalog.ts';
import { refusal } from './errors.ts';
import type { Settings, Vm } from './state.ts';

const UNITS = ['', 'K', 'M', 'G', 'T'];

export function isDiskName(name: string): boolean {
  return /^(ide|sata|scsi|virtio)\d+$/.test(name);
}

/** Bytes of a size such as `8G`. */
export function bytesOf(size: string): number {
  const [, amount = '0', unit = ''] = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(size) ?? [];
  return Number(amount) * 1_024 ** UNITS.indexOf(unit);
}

export function sizeOfDisk(value: string | number | undefined): number {
  return bytesOf(/size=([^,]+)/.exec(String(value ?? ''))?.[1] ?? '0');
}

/** Of the first disk, as lists show it. */
export function bootDiskBytes(config: Settings): number {
  return sizeOfDisk(config['scsi0']);
}

export function withSize(value: string, bytes: number): string {
  const gigabytes = bytes / 1_024 ** 3;
  const size = Number.isInteger(gigabytes) ? `${gigabytes}G` : `${Math.ceil(bytes / 1_024 ** 2)}M`;
  return value.replace(/size=[^,]+/, `size=${size}`);
}

/** A disk setting as it is kept: `STORAGE:GIB` allocates a volume. */
export function allocated({ vmid, config }: Vm, value: string): string {
  const [, storage = '', amount, rest = ''] = /^([^:]+):(\d+)((?:,.*)?)$/.exec(value) ?? [];
  const known = storages.find(
    ({ name, content }) => name === (storage || value.split(':')[0]) && content.includes('images'),
  );
  if (!known) throw refusal(`storage '${storage || value.split(':')[0]}' does not exist`);
  if (amount === undefined) return value;
  const disks = Object.entries(config).filter(([name]) => isDiskName(name) || name.startsWith('unused'));
  let free = 0;
  while (disks.some(([, disk]) => String(disk).includes(`vm-${vmid}-disk-${free}`))) free += 1;
  return `${storage}:vm-${vmid}-disk-${free}${rest},size=${amount}G`;
}

/** The disks of a clone: volumes of its own, on another storage if one is given. */
export function clonedDisks(config: Settings, vmid: number, storage: string | undefined): Settings {
  const disks = Object.entries(config).filter(([name]) => isDiskName(name));
  return Object.fromEntries(
    disks.map(([name, value]) => {
      const own = String(value).replace(/:(base|vm)-\d+-/, `:vm-${vmid}-`);
      return [name, storage === undefined ? own : own.replace(/^[^:]+/, storage)];
    }),
  );
}

export function storageOfDisk(config: Settings): string {
  return String(config['scsi0'] ?? '').split(':')[0] ?? '';
}
