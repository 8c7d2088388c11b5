/** A server as staff and its customer see it, with what can be asked of it and what was. */
import { z } from 'zod';
import { AccessProtocol } from '../catalog/access.ts';
import {
  EXTRA_STATES,
  OPERATION_KINDS,
  OPERATION_STATES,
  SNAPSHOT_ORIGINS,
  SNAPSHOT_STATES,
} from '../operations/operations.ts';
import { FirewallRuleShape, OperationRequest } from '../operations/requests.ts';
import { LocalizedText } from '../language.ts';
import { INSTANCE_STATES } from '../subscriptions/lifecycle.ts';
import { EdgeId, Instant } from './common.ts';

export const OperationView = z.object({
  id: EdgeId('operation'),
  instanceId: EdgeId('instance'),
  kind: z.enum(OPERATION_KINDS),
  request: OperationRequest,
  /** `accepted` waits for its turn. */
  state: z.enum(OPERATION_STATES),
  failure: z.object({ reason: z.string(), message: z.string(), nextStep: z.string() }).nullable(),
  /** What it made, by id. */
  result: z.record(z.string(), z.string().nullable()).nullable(),
  askedBy: z.enum(['customer', 'staff', 'system']),
  createdAt: Instant,
  startedAt: Instant.nullable(),
  finishedAt: Instant.nullable(),
});
export type OperationView = z.infer<typeof OperationView>;

/** One operation, asked for by itself. */
export const OperationDetails = OperationView.extend({
  link: z
    .object({ url: z.string(), expiresAt: Instant })
    .nullable()
    .describe('The way to the screen, for whoever asked and while it holds.'),
});
export type OperationDetails = z.infer<typeof OperationDetails>;

export const SnapshotView = z.object({
  id: EdgeId('snapshot'),
  instanceId: EdgeId('instance'),
  /** `manual` by a person, kept until it is deleted · `backup` by the schedule, until `expiresAt`. */
  origin: z.enum(SNAPSHOT_ORIGINS),
  state: z.enum(SNAPSHOT_STATES),
  label: z.string().nullable(),
  sizeBytes: z.number().nullable(),
  createdAt: Instant,
  completedAt: Instant.nullable(),
  expiresAt: Instant.nullable(),
});
export type SnapshotView = z.infer<typeof SnapshotView>;

export const PossibleOperation = z.object({
  kind: z.enum(OPERATION_KINDS),
  possible: z.boolean(),
  /** Why not, for programs: `unsupported` the provider lacks it, for good. */
  reason: z.string().nullable(),
  /** Why not, one sentence in English. */
  message: z.string().nullable(),
  lack: LocalizedText.nullable().describe(
    'The same in every language, of what is not possible here for good.',
  ),
});
export type PossibleOperation = z.infer<typeof PossibleOperation>;

/** What an order's page shows of each server beside its address. */
export const ServerOperations = z.object({
  displayName: z.string().nullable(),
  possibleOperations: z.array(PossibleOperation),
  /** Those under way and the newest that ended, newest first. */
  operations: z.array(OperationView),
  snapshots: z.array(SnapshotView),
});
export type ServerOperations = z.infer<typeof ServerOperations>;

const Extra = z.object({ state: z.enum(EXTRA_STATES), createdAt: Instant });

export const ServerView = ServerOperations.extend({
  id: EdgeId('instance'),
  subscriptionId: EdgeId('subscription'),
  ordinal: z.int(),
  hostname: z.string(),
  state: z.enum(INSTANCE_STATES),
  address: z.string().nullable(),
  protocol: AccessProtocol,
  port: z.int(),
  username: z.string(),
  disks: z.array(Extra.extend({ id: EdgeId('disk'), sizeGb: z.int() })),
  addresses: z.array(
    Extra.extend({
      id: EdgeId('address'),
      family: z.union([z.literal(4), z.literal(6)]),
      address: z.string().nullable(),
    }),
  ),
  /** Its own firewall; `null` if nobody has set one. */
  firewall: z.array(FirewallRuleShape).nullable(),
});
export type ServerView = z.infer<typeof ServerView>;

export const StaffServerView = ServerView.extend({
  provider: z.string(),
  providerRef: z.string().nullable(),
  key: z.string(),
});
export type StaffServerView = z.infer<typeof StaffServerView>;
