/** Parameters, as strict as the API's own schema: nothing unknown, nothing of the wrong type. */
import { z } from 'zod';
import { badParameters } from './errors.ts';

const flag = z
  .union([z.boolean(), z.literal([0, 1, '0', '1'])])
  .transform((value) => value === true || value === 1 || value === '1');
const whole = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  z
    .union([
      z.int(),
      z
        .string()
        .regex(/^-?\d+$/, "type check ('integer') failed")
        .transform(Number),
    ])
    .pipe(z.int().min(min).max(max));
const vmid = whole(100, 999_999_999);
const dnsName = z
  .string()
  .regex(
    /^([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*$/,
    'invalid format - value does not look like a valid DNS name',
  );
const storageId = z
  .string()
  .regex(/^[a-z][a-z0-9\-_.]*[a-z0-9]$/i, 'invalid format - storage ID contains illegal characters');
const nodeName = z
  .string()
  .regex(
    /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/,
    'invalid format - value does not look like a valid node name',
  );
const diskName = z.string().regex(/^(ide[0-3]|sata[0-5]|scsi([0-9]|[12][0-9]|30)|virtio([0-9]|1[0-5]))$/);

export const cloneShape = z.strictObject({
  newid: vmid,
  bwlimit: whole(0).optional(),
  description: z.string().optional(),
  format: z.enum(['raw', 'qcow2', 'vmdk']).optional(),
  full: flag.optional(),
  name: dnsName.optional(),
  pool: z.string().optional(),
  snapname: z.string().max(40).optional(),
  storage: storageId.optional(),
  target: nodeName.optional(),
});

const ip = String.raw`\d{1,3}(\.\d{1,3}){3}`;
const setting = z.string();

/** Settings that can be changed, by name or by the name of a row of them. */
const settings: [RegExp, z.ZodType<string | number>][] = [
  [/^(cores|sockets)$/, whole(1)],
  [/^(balloon|shares)$/, whole(0)],
  [/^(onboot|protection|tablet|numa|ciupgrade|acpi|kvm)$/, flag.transform(Number)],
  [
    /^memory$/,
    z
      .union([z.int(), z.string().regex(/^(current=)?\d+$/, 'invalid format')])
      .transform((value) => String(value)),
  ],
  [/^name$/, dnsName],
  [/^description$/, z.string().max(8_192)],
  [
    /^tags$/,
    z
      .string()
      .regex(/^([a-z0-9_][a-z0-9_\-+.]*([;,\s]+|$))*$/i, 'invalid format - invalid characters in tag'),
  ],
  [/^(ciuser|cipassword|nameserver|searchdomain|agent|cpu|machine|boot|vga)$/, setting],
  [/^ostype$/, z.enum(['other', 'l24', 'l26', 'win8', 'win10', 'win11', 'solaris'])],
  [/^citype$/, z.enum(['configdrive2', 'nocloud', 'opennebula'])],
  [/^sshkeys$/, z.string().regex(/^[-%a-zA-Z0-9_.!~*'()]*$/, 'invalid format - invalid urlencoded string')],
  [
    /^cicustom$/,
    z.string().regex(/^((user|network|meta|vendor)=[^,:]+:snippets\/[^,]+(,|$))+$/, 'invalid format'),
  ],
  [/^ipconfig\d+$/, z.string().regex(new RegExp(`^ip=(dhcp|${ip}/\\d{1,2}(,gw=${ip})?)$`), 'invalid format')],
  [
    /^hostpci\d+$/,
    z.string().regex(/^(mapping=|host=)?[\w.:-]+(,(pcie|x-vga|rombar)=[01])*$/, 'invalid format'),
  ],
  [/^(scsi|virtio|sata|ide)\d+$/, z.string().regex(/^[\w.-]+:.+$/, 'invalid format')],
  [/^net\d+$/, setting],
];

const configRest = z.object({
  delete: z.string().optional(),
  digest: z.string().max(40).optional(),
  background_delay: whole(1, 30).optional(),
});

export interface ConfigChange {
  set: Record<string, string | number>;
  remove: string[];
  digest?: string;
}

/** Reads the body of a change of settings. */
export function readConfigChange(body: unknown): ConfigChange {
  const given = readParams(z.record(z.string(), z.unknown()), body);
  const rest = readParams(configRest, given);
  const set: Record<string, string | number> = {};
  const errors: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (Object.hasOwn(configRest.shape, name)) continue;
    const shape = settings.find(([names]) => names.test(name))?.[1];
    const read = shape?.safeParse(value);
    if (!read) errors[name] = UNKNOWN;
    else if (!read.success) errors[name] = read.error.issues[0]?.message ?? 'invalid format';
    else set[name] = read.data;
  }
  if (Object.keys(errors).length > 0) throw badParameters(errors);
  return { set, remove: (rest.delete ?? '').split(/[,;\s]+/).filter(Boolean), digest: rest.digest };
}

export const resizeShape = z.strictObject({
  disk: diskName,
  size: z.string().regex(/^\+?\d+(\.\d+)?[KMGT]?$/, 'value does not match the regex pattern'),
  digest: z.string().max(40).optional(),
});
export const unlinkShape = z.strictObject({ idlist: z.string(), force: flag.optional() });
export const startShape = z.strictObject({ timeout: whole(0).optional(), machine: z.string().optional() });
export const stopShape = z.strictObject({
  timeout: whole(0).optional(),
  keepActive: flag.optional(),
  'overrule-shutdown': flag.optional(),
});
export const shutdownShape = z.strictObject({
  timeout: whole(0).optional(),
  forceStop: flag.optional(),
  keepActive: flag.optional(),
});
export const rebootShape = z.strictObject({ timeout: whole(0).optional() });
export const destroyShape = z.strictObject({
  purge: flag.optional(),
  'destroy-unreferenced-disks': flag.optional(),
});
export const agentShape = z.strictObject({
  command: z.enum(['network-get-interfaces', 'ping', 'get-host-name', 'get-osinfo', 'info']),
});
export const vzdumpShape = z.strictObject({
  vmid: z.string().regex(/^\d+$/, 'invalid format - value does not look like a valid VM ID'),
  storage: storageId,
  mode: z.enum(['snapshot', 'suspend', 'stop']).default('snapshot'),
  compress: z.enum(['0', '1', 'gzip', 'lzo', 'zstd']).default('0'),
  remove: flag.default(true),
  protected: flag.optional(),
  'notes-template': z.string().max(1_024).default(''),
});
export const restoreShape = z.strictObject({
  vmid,
  archive: z.string().max(255),
  force: flag.default(false),
  start: flag.default(false),
  storage: storageId.optional(),
  unique: flag.optional(),
});
export const resourcesShape = z.strictObject({ type: z.enum(['vm', 'storage', 'node', 'sdn']).optional() });
export const configQueryShape = z.strictObject({ current: flag.optional() });
export const tasksShape = z.strictObject({
  source: z.enum(['archive', 'active', 'all']).default('archive'),
  typefilter: z.string().optional(),
  vmid: vmid.optional(),
  limit: whole(0).default(50),
  start: whole(0).default(0),
  errors: flag.optional(),
});
export const logShape = z.strictObject({ limit: whole(0).default(50), start: whole(0).default(0) });
export const contentShape = z.strictObject({ content: z.string().optional(), vmid: vmid.optional() });
export const nextIdShape = z.strictObject({ vmid: vmid.optional() });
export const noParams = z.strictObject({});

const UNKNOWN = 'property is not defined in schema and the schema does not allow additional properties';

/** Reads a body or query; an absent one counts as empty. @throws ApiError 400 that names every wrong parameter. */
export function readParams<T extends z.ZodType>(shape: T, given: unknown): z.output<T> {
  const read = shape.safeParse(given ?? {});
  if (read.success) return read.data;
  const errors: Record<string, string> = {};
  for (const issue of read.error.issues) {
    if (issue.code === 'unrecognized_keys') for (const name of issue.keys) errors[name] = UNKNOWN;
    else errors[String(issue.path[0] ?? 'body')] = issue.message;
  }
  throw badParameters(errors);
}
