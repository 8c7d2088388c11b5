/** What exactly is wanted of a server: one shape per kind, for the API, the row and the activity that reads it. */
import { z } from 'zod';
import { EdgeId } from '../api/common.ts';
import { singleLine } from '../api/contact.ts';
import type { OperationKind } from './operations.ts';

const plain = <K extends OperationKind>(kind: K) => z.strictObject({ kind: z.literal(kind) });

/** As every provider takes it: a label of a host name (RFC 1123). */
export const InstanceName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be lower-case letters, digits and dashes, at most 63');

const Port = z.int().min(1).max(65_535);
const Ports = z
  .strictObject({ from: Port, to: Port })
  .refine(({ from, to }) => from <= to, 'must not end before it begins');
const Source = z.union([z.cidrv4(), z.cidrv6()]);

export const FirewallRuleShape = z
  .strictObject({
    protocol: z.enum(['tcp', 'udp', 'icmp']),
    ports: Ports.nullable().describe('First and last; null for icmp, and only for that.'),
    source: Source.describe('IPv4 or IPv6 network.'),
  })
  .refine(({ protocol, ports }) => (protocol === 'icmp') === (ports === null), {
    path: ['ports'],
    message: 'are needed for tcp and udp, and for icmp there are none',
  });

export const OperationRequest = z.discriminatedUnion('kind', [
  plain('start'),
  plain('stop'),
  plain('reboot'),
  plain('reinstall').describe(
    'Installs the plan’s image anew: everything on the first disk is lost; the password stays.',
  ),
  z.strictObject({ kind: z.literal('rename'), name: InstanceName }),
  plain('open-console'),
  plain('rotate-credentials'),
  z.strictObject({
    kind: z.literal('take-snapshot'),
    label: z.string().trim().min(1).max(100).refine(singleLine, 'must be one line').optional(),
  }),
  z.strictObject({ kind: z.literal('restore-snapshot'), snapshotId: EdgeId('snapshot') }),
  z.strictObject({ kind: z.literal('delete-snapshot'), snapshotId: EdgeId('snapshot') }),
  z.strictObject({ kind: z.literal('add-disk'), sizeGb: z.int().min(1).max(10_000) }),
  z.strictObject({ kind: z.literal('remove-disk'), diskId: EdgeId('disk') }),
  z.strictObject({ kind: z.literal('add-address'), family: z.union([z.literal(4), z.literal(6)]) }),
  z.strictObject({ kind: z.literal('remove-address'), addressId: EdgeId('address') }),
  z.strictObject({
    kind: z.literal('set-firewall'),
    rules: z.array(FirewallRuleShape).max(50).describe('All of them; what no rule lets in is kept out.'),
  }),
]);
export type OperationRequest = z.infer<typeof OperationRequest>;
