/** A plan's `providers.openstack` entry, and references. */
import { z } from 'zod';
import { TenureFailure } from '../../../schemas/failures.ts';
import { quote } from '../../http/answers.ts';
import { BAD_REQUEST } from '../../http/failures.ts';
import { type CreateInstanceRequest, HYPERVISOR_REASONS } from '../port.ts';

/** As OpenStack writes ids; it does not care for the version of a UUID. */
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const Id = z.string().regex(ID, 'must be an id of OpenStack (a UUID)');

/** To which networks a server is connected: Nova's choice, none, or these. */
export type Networks = 'auto' | 'none' | string[];
const NetworksShape = z.union([z.enum(['auto', 'none']), z.array(Id).min(1)]);

const OpenStackPlan = z.strictObject({
  /** The flavour's name; see `openstack flavor list`. */
  flavor: z.string().min(1),
  /** Its id, where the name alone is not listed for our project; the name must be its own all the same. */
  flavorId: z.string().min(1).optional(),
  /** The image's id, or its name if only one active image has it; see `openstack image list`. */
  image: z.string().min(1),
  /** In place of OPENSTACK_NETWORKS. */
  networks: NetworksShape.optional(),
  /** An external network: the public address is a floating one from it. */
  floatingNetwork: Id.optional(),
  /** Names of security groups; without them the project's `default` one holds. */
  securityGroups: z.array(z.string().min(1)).min(1).optional(),
  /** A key pair of ours, for the operator's own way in. */
  keyName: z.string().min(1).optional(),
  /** Boot from a volume of this size in place of the hypervisor's own disk. */
  bootVolume: z.strictObject({ sizeGb: z.int().positive(), type: z.string().min(1).optional() }).optional(),
  /** Hand first-boot data over on a disk, for networks without a metadata service. */
  configDrive: z.boolean().optional(),
  /** Tenure's region key → the availability zone; `null` lets Nova choose. */
  regions: z.record(z.string(), z.string().min(1).nullable()),
});

export interface OpenStackOrder extends Omit<z.infer<typeof OpenStackPlan>, 'regions'> {
  zone: string | null;
}

/** Marks tags that carry a business key. */
export const KEY_TAG = 'tenure:';
/** The server's metadata that says from where it gets its floating address. */
export const FLOATING_NETWORK = 'tenure:floating-network';
const MAX_TAG = 60;
const MAX_METADATA_VALUE = 255;
const MAX_USER_DATA = 65_535;

/** @throws TenureFailure `refused` (`bad-plan`) that names the wrong field. */
export function readPlan(plan: Record<string, unknown>, region: string): OpenStackOrder {
  const parsed = OpenStackPlan.safeParse(plan);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw badPlan((issue?.path ?? []).join('.'), issue?.message ?? 'is wrong');
  }
  const { regions, ...order } = parsed.data;
  const zone = Object.hasOwn(regions, region) ? regions[region] : undefined;
  if (zone === undefined) throw badPlan(`regions.${region}`, 'is missing');
  return { ...order, zone };
}

/** @param field below `providers.openstack`. */
export function badPlan(field: string, wrong: string): TenureFailure {
  const path = ['providers.openstack', field].filter(Boolean).join('.');
  return new TenureFailure('refused', `${path}: ${wrong}`, {
    reason: HYPERVISOR_REASONS.badPlan,
    nextStep: `Mend ${path} in the catalogue.`,
  });
}

/** A reference fit for a path: an empty one would turn a call about one thing into a call about all of them. */
export function checkRef(ref: string): string {
  if (ID.test(ref)) return ref;
  const message = `"${quote(ref, [])}" is not an id of OpenStack.`;
  throw new TenureFailure('refused', message, { reason: HYPERVISOR_REASONS.badRef });
}

export function isId(text: string): boolean {
  return ID.test(text);
}

/** The body of a create call. */
export function serverBody(
  { key, hostname, userData, labels }: CreateInstanceRequest,
  order: OpenStackOrder,
  found: { flavorRef: string; imageRef: string; networks: Networks },
): Record<string, unknown> {
  const { zone, securityGroups, keyName, bootVolume, configDrive, floatingNetwork } = order;
  const { flavorRef, imageRef, networks } = found;
  const tag = `${KEY_TAG}${key}`;
  // Cut off it would not be found again.
  if (tag.length > MAX_TAG) throw badRequest(`The key ${key} is longer than a tag of Nova may be.`);
  const marks = Object.entries(labels).map(
    ([name, value]) => [`tenure:${name}`, value.slice(0, MAX_METADATA_VALUE)] as const,
  );
  return {
    name: hostname,
    flavorRef,
    networks: typeof networks === 'string' ? networks : networks.map((uuid) => ({ uuid })),
    tags: [tag],
    metadata: {
      ...Object.fromEntries(marks),
      ...(floatingNetwork !== undefined && { [FLOATING_NETWORK]: floatingNetwork }),
    },
    ...(bootVolume ? { block_device_mapping_v2: [bootDevice(imageRef, bootVolume)] } : { imageRef }),
    ...(userData !== '' && { user_data: encodeUserData(userData) }),
    ...(zone !== null && { availability_zone: zone }),
    ...(securityGroups && { security_groups: securityGroups.map((name) => ({ name })) }),
    ...(keyName !== undefined && { key_name: keyName }),
    ...(configDrive !== undefined && { config_drive: configDrive }),
  };
}

/** @throws TenureFailure `refused` (`bad-request`) for more than Nova takes. */
export function encodeUserData(userData: string): string {
  const encoded = Buffer.from(userData, 'utf8').toString('base64');
  if (encoded.length > MAX_USER_DATA) {
    throw badRequest(`The first-boot data is longer than Nova takes (${MAX_USER_DATA} bytes encoded).`);
  }
  return encoded;
}

/** Reads OPENSTACK_NETWORKS. @throws z.ZodError unless it is `auto`, `none` or ids separated by commas. */
export function readNetworks(text: string): Networks {
  const isWord = text === 'auto' || text === 'none';
  return NetworksShape.parse(isWord ? text : text.split(',').map((id) => id.trim()));
}

function bootDevice(imageRef: string, volume: { sizeGb: number; type?: string }): Record<string, unknown> {
  return {
    boot_index: 0,
    uuid: imageRef,
    source_type: 'image',
    destination_type: 'volume',
    volume_size: volume.sizeGb,
    // It goes with its server, or it would be paid for without one.
    delete_on_termination: true,
    ...(volume.type !== undefined && { volume_type: volume.type }),
  };
}

function badRequest(message: string): TenureFailure {
  return new TenureFailure('refused', message, { reason: BAD_REQUEST });
}
