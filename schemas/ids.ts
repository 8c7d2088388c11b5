/**
 * Names of things: readable id prefixes at the edge, workflow ids, idempotency keys. Pure, so workflows may use it.
 * Inside the database ids are bare UUIDv7; at the edge they carry a prefix ("sub_0197…").
 */

const PREFIXES = {
  tenant: 'ten',
  customer: 'cus',
  subscription: 'sub',
  instance: 'ins',
  plan: 'pln',
  apiKey: 'key',
  auditEvent: 'aud',
  paymentEvent: 'evt',
  mail: 'mail',
  finding: 'fnd',
  import: 'imp',
  operation: 'op',
  snapshot: 'snp',
  disk: 'dsk',
  address: 'adr',
} as const;

export type IdKind = keyof typeof PREFIXES;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A pattern for the edge form of an id, for OpenAPI and zod. */
export function edgeIdPattern(kind: IdKind): RegExp {
  return new RegExp(`^${PREFIXES[kind]}_[0-9a-f]{32}$`);
}

/** `0197…-…` → `sub_0197…` (32 hex digits without dashes). */
export function toEdgeId(kind: IdKind, uuid: string): string {
  return `${PREFIXES[kind]}_${uuid.replaceAll('-', '')}`;
}

/** The inverse of {@link toEdgeId}; `null` if `edgeId` is not of that kind. */
export function fromEdgeId(kind: IdKind, edgeId: string): string | null {
  if (!edgeIdPattern(kind).test(edgeId)) return null;
  const hex = edgeId.slice(PREFIXES[kind].length + 1);
  const uuid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
    '-',
  );
  return UUID.test(uuid) ? uuid : null;
}

/** Workflow id of a subscription; takes the bare UUID. */
export function subscriptionWorkflowId(subscriptionId: string): string {
  return `subscription/${toEdgeId('subscription', subscriptionId)}`;
}

/** Workflow id of an import; takes the bare UUID. */
export function importWorkflowId(importId: string): string {
  return `import/${toEdgeId('import', importId)}`;
}

/** Workflow id of a mail beside any story; takes the mail's business key. */
export function mailWorkflowId(key: string): string {
  return `mail/${key}`;
}

/** The bare subscription UUID of a workflow id; `null` for other workflows. */
export function subscriptionIdOfWorkflow(workflowId: string): string | null {
  const [kind, edgeId] = workflowId.split('/');
  return kind === 'subscription' && edgeId ? fromEdgeId('subscription', edgeId) : null;
}

/**
 * The business key of an instance's n-th making: put on the provider's resource, so it can be found again.
 * `generation` counts re-provisionings of the same place after a compensation.
 */
export function instanceKey(subscriptionId: string, ordinal: number, generation: number): string {
  return `${toEdgeId('subscription', subscriptionId)}-${ordinal}-g${generation}`;
}

/** The key of what an operation makes for an instance: found again at the provider, and by people. Takes the operation's bare UUID. */
export function extraKey(key: string, what: 'snap' | 'disk', operationId: string): string {
  return `${key}-${what}-${operationId.slice(-12)}`;
}

/** Idempotency key of a business step; joins its parts with "/". */
export function businessKey(...parts: (string | number)[]): string {
  return parts.join('/');
}
