import { z } from 'zod';
import { badRequest } from './errors.ts';
import { regions } from './catalog.ts';

const displayName = z.string().max(255);
const secretIds = z.array(z.int());
const anything = z.record(z.string(), z.unknown());

const addOns = z.strictObject({
  privateNetworking: anything.optional(),
  additionalIps: anything.optional(),
  backup: anything.optional(),
  extraStorage: z
    .strictObject({ ssd: z.array(z.string()).optional(), nvme: z.array(z.string()).optional() })
    .optional(),
  customImage: anything.optional(),
  addonsIds: z.array(z.strictObject({ id: z.int(), quantity: z.int() })).optional(),
});

/** What is installed and who may sign in: part of an order, and the body of a re-installation. */
const installation = {
  sshKeys: secretIds.optional(),
  rootPassword: z.int().optional(),
  userData: z.string().optional(),
  defaultUser: z.enum(['root', 'admin', 'administrator']).optional(),
  applicationId: z.string().optional(),
};

/** The body of `POST /compute/instances`. */
export const createInstanceShape = z.strictObject({
  ...installation,
  imageId: z.uuid('must be a UUID').default('afecbb85-e2fc-46f0-9684-b46b1faf00bb'),
  productId: z.string().min(1).default('V92'),
  region: z.enum(regions.map(({ slug }) => slug)).default('EU'),
  license: z.string().optional(),
  period: z.union([z.literal(1), z.literal(3), z.literal(6), z.literal(12)]),
  displayName: displayName.optional(),
  addOns: addOns.optional(),
});
export type CreateInstance = z.output<typeof createInstanceShape>;

/** The body of `PUT /compute/instances/{id}`. */
export const reinstallShape = z.strictObject({ ...installation, imageId: z.uuid('must be a UUID') });
export type Reinstall = z.output<typeof reinstallShape>;

export const patchInstanceShape = z.strictObject({ displayName: displayName.optional() });

export const cancelShape = z.strictObject({ cancelDate: z.iso.datetime({ offset: true }).optional() });

export const rescueShape = z.strictObject({
  rootPassword: z.int().optional(),
  sshKeys: secretIds.optional(),
  userData: z.string().optional(),
});

const snapshotName = z
  .string()
  .min(1)
  .max(30)
  .regex(/^[A-Za-z0-9 -]+$/, 'may contain letters, numbers, spaces, dashes');
const snapshotDescription = z.string().min(1).max(255);

export const createSnapshotShape = z.strictObject({
  name: snapshotName,
  description: snapshotDescription.optional(),
});
export const updateSnapshotShape = createSnapshotShape.partial();
export const emptyShape = z.strictObject({});

export const createSecretShape = z
  .strictObject({
    name: z.string().min(1).max(255),
    value: z.string().min(8),
    type: z.enum(['password', 'ssh']),
  })
  .refine(({ type, value }) => type === 'ssh' || isStrong(value), {
    path: ['value'],
    message: 'must have upper and lower case, and 1 number with 2 special characters or 3 with 1',
  })
  .refine(({ type, value }) => type === 'password' || isPublicKey(value), {
    path: ['value'],
    message: 'must be a public key',
  });
export const updateSecretShape = z.strictObject({
  name: z.string().min(1).max(255).optional(),
  value: z.string().min(8).optional(),
});

function isStrong(password: string): boolean {
  const numbers = password.match(/\d/g)?.length ?? 0;
  const specials = password.match(/[!@#$^&*?_~]/g)?.length ?? 0;
  const hasBothCases = /[A-Z]/.test(password) && /[a-z]/.test(password);
  return hasBothCases && ((numbers >= 1 && specials >= 2) || (numbers >= 3 && specials >= 1));
}

function isPublicKey(text: string): boolean {
  return /^(ssh-(rsa|ed25519|dss)|ecdsa-sha2-nistp\d+|sk-\S+) [A-Za-z0-9+/]+=*( .*)?$/.test(text);
}

/**
 * Reads a request's body or query; an absent one counts as `{}`.
 *
 * @throws ApiError 400 with one sentence for each wrong field.
 */
export function read<T extends z.ZodType>(shape: T, given: unknown): z.output<T> {
  const parsed = shape.safeParse(given ?? {});
  if (parsed.success) return parsed.data;
  throw badRequest(
    parsed.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => `property ${[...issue.path, key].join('.')} should not exist`)
        : [`${issue.path.join('.') || 'body'} ${issue.message}`],
    ),
  );
}
