import { z } from 'zod';
import { badRequest } from './errors.ts';

const base64 = z
  .string()
  .refine((text) => Buffer.from(text, 'base64').toString('base64') === text, 'must be base64 encoded');

const hostname = z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/, 'is not a host name');
const onOff = z.enum(['enabled', 'disabled']);
const userScheme = z.enum(['root', 'limited']);

/** The body of `POST /instances`. */
export const createInstanceShape = z.strictObject({
  region: z.string(),
  plan: z.string(),
  os_id: z.int().optional(),
  iso_id: z.string().optional(),
  snapshot_id: z.string().optional(),
  app_id: z.int().optional(),
  image_id: z.string().optional(),
  ipxe_chain_url: z.string().optional(),
  script_id: z.string().optional(),
  enable_ipv6: z.boolean().optional(),
  disable_public_ipv4: z.boolean().optional(),
  enable_vpc: z.boolean().optional(),
  attach_vpc: z.array(z.string()).optional(),
  vpc_only: z.boolean().optional(),
  label: z.string().default(''),
  tags: z.array(z.string()).default([]),
  sshkey_id: z.array(z.string()).default([]),
  backups: onOff.default('disabled'),
  user_data: base64.default(''),
  ddos_protection: z.boolean().default(false),
  activation_email: z.boolean().optional(),
  hostname: hostname.optional(),
  firewall_group_id: z.string().default(''),
  reserved_ipv4: z.string().optional(),
  user_scheme: userScheme.default('root'),
  app_variables: z.record(z.string(), z.string()).optional(),
  block_devices: z
    .array(
      z.strictObject({
        block_id: z.string().optional(),
        bootable: z.boolean().optional(),
        disk_size: z.int().optional(),
        label: z.string().optional(),
      }),
    )
    .optional(),
});
export type CreateInstance = z.output<typeof createInstanceShape>;

/** The body of `PATCH /instances/{id}`. */
export const updateInstanceShape = z.strictObject({
  plan: z.string().optional(),
  label: z.string().optional(),
  tags: z.array(z.string()).optional(),
  os_id: z.int().optional(),
  app_id: z.int().optional(),
  image_id: z.string().optional(),
  enable_ipv6: z.boolean().optional(),
  enable_vpc: z.boolean().optional(),
  attach_vpc: z.array(z.string()).optional(),
  detach_vpc: z.array(z.string()).optional(),
  backups: onOff.optional(),
  ddos_protection: z.boolean().optional(),
  user_data: base64.optional(),
  firewall_group_id: z.string().optional(),
  user_scheme: userScheme.optional(),
});
export type UpdateInstance = z.output<typeof updateInstanceShape>;

export const reinstallShape = z.strictObject({ hostname: hostname.optional() });

export const restoreShape = z.strictObject({
  backup_id: z.string().optional(),
  snapshot_id: z.string().optional(),
});

export const instanceIdsShape = z.strictObject({ instance_ids: z.array(z.string()).min(1) });

/** The body of `POST /instances/{id}/ipv4`. */
export const createIpv4Shape = z.strictObject({ reboot: z.boolean().default(true) });

const blockSize = z.int().positive();

/** The body of `POST /blocks`. */
export const createBlockShape = z.strictObject({
  region: z.string(),
  size_gb: blockSize,
  label: z.string().default(''),
  block_type: z.enum(['high_perf', 'storage_opt']).default('high_perf'),
  bootable: z.literal(false).default(false),
});
export const updateBlockShape = z.strictObject({
  label: z.string().optional(),
  size_gb: blockSize.optional(),
});
export const attachBlockShape = z.strictObject({
  instance_id: z.string(),
  live: z.boolean().default(false),
});
export const detachBlockShape = z.strictObject({ live: z.boolean().default(false) });

export const firewallGroupShape = z.strictObject({ description: z.string().default('') });

/** The body of `POST /firewalls/{id}/rules`. */
export const firewallRuleShape = z.strictObject({
  ip_type: z.enum(['v4', 'v6']),
  protocol: z.enum(['icmp', 'tcp', 'udp', 'gre', 'esp', 'ah']),
  subnet: z.string(),
  subnet_size: z.int().nonnegative(),
  port: z.string().default(''),
  source: z.enum(['', 'cloudflare']).default(''),
  notes: z.string().max(255).default(''),
});
export type FirewallRuleBody = z.output<typeof firewallRuleShape>;

export const createSnapshotShape = z.strictObject({
  instance_id: z.string(),
  description: z.string().default(''),
});

export const updateSnapshotShape = z.strictObject({ description: z.string() });

/** Longer names are cut off without a word. */
const keyName = z.string().transform((name) => name.slice(0, 128));
const publicKey = z
  .string()
  .regex(
    /^(ssh-(rsa|ed25519|dss)|ecdsa-sha2-nistp\d+|sk-\S+) [A-Za-z0-9+/]+=*( .*)?$/,
    'is not a public key',
  );

export const createSshKeyShape = z.strictObject({ name: keyName, ssh_key: publicKey });
export const updateSshKeyShape = z.strictObject({ name: keyName.optional(), ssh_key: publicKey.optional() });

/**
 * Reads a request body; an absent one counts as `{}`.
 *
 * @throws ApiError 400 that names the first wrong field.
 */
export function readBody<T extends z.ZodType>(shape: T, body: unknown): z.output<T> {
  const read = shape.safeParse(body ?? {});
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  if (issue?.code === 'unrecognized_keys') throw badRequest(`Unknown parameter: ${issue.keys.join(', ')}.`);
  throw badRequest(`Invalid ${issue?.path.join('.') || 'request body'}: ${issue?.message ?? 'malformed'}.`);
}
