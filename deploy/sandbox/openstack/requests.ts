import type { Request } from 'express';
import { z } from 'zod';
import { ApiError, badRequest } from './errors.ts';

const uuid = z.string().regex(/^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i, "is not a 'uuid'");
/** Neither empty nor with blanks around it. */
const name = z
  .string()
  .max(255)
  .regex(/^\S(.*\S)?$/s, "does not match the format 'name'");
const base64 = z
  .string()
  .max(65_535, 'is too long')
  .refine((text) => Buffer.from(text, 'base64').toString('base64') === text, "is not a 'base64'");
const metadata = z.record(z.string().regex(/^[a-zA-Z0-9-_:. ]{1,255}$/), z.string().max(255));
const tag = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[^,/]*$/);
const numeric = z.union([
  z.int().positive(),
  z
    .string()
    .regex(/^[0-9]+$/)
    .transform(Number),
]);
const bool = z.union([z.boolean(), z.enum(['true', 'false', 'True', 'False'])]);
const host = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[a-zA-Z0-9-._]*$/);

export const createServerShape = z.strictObject({
  server: z.strictObject({
    name,
    imageRef: z.union([uuid, z.literal('')]).optional(),
    flavorRef: z.union([z.string().min(1), z.int().transform(String)]),
    adminPass: z.string().optional(),
    metadata: metadata.default({}),
    networks: z.union([
      z.enum(['none', 'auto']),
      z.array(
        z.strictObject({
          uuid: uuid.optional(),
          port: uuid.nullable().optional(),
          fixed_ip: z.string().optional(),
          tag: tag.optional(),
        }),
      ),
    ]),
    availability_zone: name.optional(),
    block_device_mapping_v2: z
      .array(
        z.strictObject({
          boot_index: z.union([z.int(), z.string(), z.null()]).optional(),
          uuid: z.string().optional(),
          source_type: z.enum(['volume', 'image', 'snapshot', 'blank']),
          destination_type: z.enum(['local', 'volume']).optional(),
          volume_size: numeric.optional(),
          volume_type: z.string().max(255).nullable().optional(),
          delete_on_termination: bool.optional(),
          device_name: z.string().optional(),
          tag: tag.optional(),
        }),
      )
      .optional(),
    config_drive: bool.optional(),
    key_name: name.optional(),
    security_groups: z.array(z.strictObject({ name })).default([]),
    user_data: base64.optional(),
    description: z.string().max(255).nullable().optional(),
    tags: z.array(tag).max(50).default([]),
    hostname: host.optional(),
  }),
});
export type CreateServer = z.output<typeof createServerShape>['server'];

export const updateServerShape = z.strictObject({
  server: z.strictObject({
    name: name.optional(),
    description: z.string().max(255).nullable().optional(),
    hostname: host.optional(),
  }),
});

const only = <T extends z.ZodRawShape>(shape: T): z.ZodObject<T, z.core.$strict> => z.strictObject(shape);

/** The actions that the stand-in carries out; a body has exactly one of them. */
export const actionShapes = {
  'os-start': only({ 'os-start': z.null() }),
  'os-stop': only({ 'os-stop': z.null() }),
  reboot: only({
    reboot: z.strictObject({ type: z.enum(['HARD', 'Hard', 'hard', 'SOFT', 'Soft', 'soft']) }),
  }),
  resize: only({
    resize: z.strictObject({
      flavorRef: z.union([z.string().min(1), z.int().transform(String)]),
      'OS-DCF:diskConfig': z.enum(['AUTO', 'MANUAL']).optional(),
    }),
  }),
  confirmResize: only({ confirmResize: z.null() }),
  revertResize: only({ revertResize: z.null() }),
  rebuild: only({
    rebuild: z.strictObject({
      imageRef: uuid,
      name: name.optional(),
      adminPass: z.string().optional(),
      metadata: metadata.optional(),
      user_data: base64.nullable().optional(),
      hostname: host.optional(),
    }),
  }),
  createImage: only({ createImage: z.strictObject({ name, metadata: metadata.default({}) }) }),
};

export const consoleShape = z.strictObject({
  remote_console: z.strictObject({
    protocol: z.enum(['vnc', 'spice', 'serial', 'mks']),
    type: z.enum(['novnc', 'xvpvnc', 'spice-html5', 'serial', 'webmks']),
  }),
});

export const attachmentShape = z.strictObject({
  volumeAttachment: z.strictObject({
    volumeId: uuid,
    device: z.string().nullable().optional(),
    tag: tag.optional(),
    delete_on_termination: bool.optional(),
  }),
});

export const createVolumeShape = z.strictObject({
  volume: z.strictObject({
    size: numeric,
    name: z.string().max(255).nullable().optional(),
    description: z.string().max(255).nullable().optional(),
    volume_type: z.string().max(255).nullable().optional(),
    availability_zone: z.string().max(255).nullable().optional(),
    metadata: metadata.default({}),
  }),
});

export const createFloatingIpShape = z.strictObject({
  floatingip: z.strictObject({
    floating_network_id: uuid,
    port_id: uuid.nullable().optional(),
    fixed_ip_address: z.string().optional(),
    description: z.string().max(255).default(''),
  }),
});

export const updatePortShape = z.strictObject({
  port: z.strictObject({ security_groups: z.array(uuid).optional(), name: z.string().optional() }),
});

export const createGroupShape = z.strictObject({
  security_group: z.strictObject({
    name: z.string().min(1).max(255),
    description: z.string().max(255).default(''),
  }),
});

const portNumber = z.int().min(1).max(65_535);
const ruleShape = z.strictObject({
  security_group_id: uuid,
  direction: z.enum(['ingress', 'egress']),
  ethertype: z.enum(['IPv4', 'IPv6']).default('IPv4'),
  protocol: z.enum(['tcp', 'udp', 'icmp', 'icmpv6', 'ipv6-icmp']).nullable().default(null),
  port_range_min: portNumber.nullable().default(null),
  port_range_max: portNumber.nullable().default(null),
  remote_ip_prefix: z.union([z.cidrv4(), z.cidrv6()]).nullable().default(null),
});
export const createRulesShape = z.union([
  z.strictObject({ security_group_rules: z.array(ruleShape).min(1) }),
  z.strictObject({ security_group_rule: ruleShape }).transform((body) => ({
    security_group_rules: [body.security_group_rule],
  })),
]);

const domain = z.union([z.strictObject({ id: z.string() }), z.strictObject({ name: z.string() })]);
/** The two ways in that the stand-in knows. */
export const authShape = z.strictObject({
  auth: z.union([
    z.strictObject({
      identity: z.strictObject({
        methods: z.tuple([z.literal('application_credential')]),
        application_credential: z.strictObject({ id: z.string(), secret: z.string() }),
      }),
    }),
    z.strictObject({
      identity: z.strictObject({
        methods: z.tuple([z.literal('password')]),
        password: z.strictObject({
          user: z.strictObject({ name: z.string(), domain, password: z.string() }),
        }),
      }),
      scope: z.strictObject({
        project: z.union([z.strictObject({ id: z.string() }), z.strictObject({ name: z.string(), domain })]),
      }),
    }),
  ]),
});

/** @throws ApiError 400 that names the first wrong field, in the words of the schema checks. */
export function readBody<T extends z.ZodType>(shape: T, body: unknown): z.output<T> {
  const read = shape.safeParse(body ?? {});
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  if (issue?.code === 'unrecognized_keys') {
    throw badRequest(`Additional properties are not allowed ('${issue.keys.join("', '")}' was unexpected)`);
  }
  throw badRequest(
    `Invalid input for field/attribute ${issue?.path.join('.')}. ${issue?.message ?? 'malformed'}`,
  );
}

/** @throws ApiError 400 for a parameter that the route does not know, as Nova does since 2.75. */
export function readQuery(req: Request, known: readonly string[]): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [key, value] of Object.entries(req.query)) {
    if (!known.includes(key)) throw badRequest(`Invalid input for query parameters ${key}: it is not known.`);
    if (typeof value !== 'string')
      throw badRequest(`Invalid input for query parameters ${key}: given twice.`);
    query[key] = value;
  }
  return query;
}

/** The minor number of the microversion asked for; 1 without a header. @throws ApiError 406 */
export function readMicroversion(req: Request, { min, max }: { min: number; max: number }): number {
  const asked = req.get('OpenStack-API-Version');
  if (asked === undefined || !asked.startsWith('compute ')) return 1;
  const version = asked.slice('compute '.length);
  if (version === 'latest') return max;
  if (!/^2\.\d+$/.test(version)) throw badRequest(`API Version String ${version} is of invalid format.`);
  const minor = Number(version.slice(2));
  if (minor < min || minor > max) {
    throw new ApiError(
      406,
      `Version ${version} is not supported by the API. Minimum is 2.${min} and maximum is 2.${max}.`,
    );
  }
  return minor;
}
