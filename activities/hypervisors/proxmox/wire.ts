/** What is read of Proxmox VE's answers, and its values that hold several settings in one text. */
import { z } from 'zod';

/** Every answer's envelope. */
export const answer = <T>(data: z.ZodType<T>) => z.object({ data }).transform((read) => read.data);

/** True is 1, `"1"` or true on this wire. */
const flag = z
  .union([z.boolean(), z.number(), z.string()])
  .optional()
  .transform((value) => value === true || value === 1 || value === '1');

/** A row of the cluster's list: a machine, container, node, storage or something that does not matter here. */
export const Resource = z.object({
  type: z.string(),
  vmid: z.coerce.number().int().optional(),
  node: z.string().optional(),
  storage: z.string().optional(),
  name: z.string().optional(),
  /** Up to ten seconds old, and `unknown` before it is first told. */
  status: z.string().optional(),
  lock: z.string().optional(),
  tags: z.string().optional(),
  template: flag,
  shared: flag,
  content: z.string().optional(),
  hastate: z.string().optional(),
  maxcpu: z.number().optional(),
  maxmem: z.number().optional(),
  maxdisk: z.number().optional(),
  disk: z.number().optional(),
});
export type Resource = z.output<typeof Resource>;

/** A machine's row of the cluster's list. */
export type GuestRow = Resource & { vmid: number; node: string };

export const Current = z.object({
  status: z.string(),
  qmpstatus: z.string().optional(),
  lock: z.string().optional(),
});

/** A machine's settings: texts and numbers by name. */
export const Config = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
export type Config = z.output<typeof Config>;

export const TaskStatus = z.object({ status: z.string(), exitstatus: z.string().optional() });
export const Tasks = z.array(
  z.object({ upid: z.string(), type: z.string(), id: z.string().optional(), endtime: z.number().optional() }),
);
export const TaskLog = z.array(z.object({ t: z.string() }));

export const Backups = z.array(
  z.object({
    volid: z.string().min(1),
    size: z.number().optional(),
    notes: z.string().optional(),
    vmid: z.coerce.number().int().optional(),
  }),
);

/** What the guest's agent says of its network (https://qemu.readthedocs.io/en/latest/interop/qemu-ga-ref.html). */
export const Interfaces = z.object({
  result: z.array(
    z.object({
      'hardware-address': z.string().optional(),
      'ip-addresses': z
        .array(z.object({ 'ip-address-type': z.string(), 'ip-address': z.string() }))
        .optional(),
    }),
  ),
});

/** A setting as text; empty if it is not there. */
export function text(config: Config, name: string): string {
  const value = config[name];
  return value === null || value === undefined ? '' : String(value);
}

/** A setting such as `ceph:vm-100-disk-0,size=8G`: the first value by itself, the others by name. */
export function readProperties(value: string): { first: string; named: Map<string, string> } {
  const parts = value.split(',');
  const named = new Map<string, string>();
  for (const part of parts) {
    const at = part.indexOf('=');
    if (at > 0) named.set(part.slice(0, at), part.slice(at + 1));
  }
  return { first: (parts[0] ?? '').includes('=') ? '' : (parts[0] ?? ''), named };
}

/** GiB of a disk setting, as its `size` says; `null` if it has none. */
export function diskGb(value: string): number | null {
  const [, amount, unit] =
    /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(readProperties(value).named.get('size') ?? '') ?? [];
  if (amount === undefined) return null;
  const bytes = Number(amount) * 1_024 ** ' KMGT'.indexOf(unit || ' ');
  return Math.round((bytes / 1_024 ** 3) * 100) / 100;
}

/** The storage that a disk setting names. */
export function storageOf(value: string): string {
  return readProperties(value).first.split(':')[0] ?? '';
}

/** Hardware addresses of the network cards, in lower case. */
export function macsOf(config: Config): Set<string> {
  const cards = Object.keys(config).filter((name) => /^net\d+$/.test(name));
  return new Set(
    cards.flatMap(
      (name) => /[0-9a-f]{2}(:[0-9a-f]{2}){5}/i.exec(text(config, name))?.[0].toLowerCase() ?? [],
    ),
  );
}
