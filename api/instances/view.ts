import type {
  OperationDetails,
  OperationView,
  ServerOperations,
  ServerView,
  SnapshotView,
  StaffServerView,
} from '../../schemas/api/instances.ts';
import type { SecretBox } from '../../schemas/crypto/secret-box.ts';
import type { Operation } from '../../schemas/db/entities/operation.ts';
import type { Snapshot } from '../../schemas/db/entities/snapshot.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import type { Actor } from '../../schemas/subscriptions/lifecycle.ts';
import type { ServerExtras, ServerFacts, ServersCaller } from './find.ts';
import { type Capable, possibleOperations } from './possible.ts';

export function operationView(operation: Operation): OperationView {
  const { id, instanceId, kind, request, state, failure, result, askedByKind } = operation;
  return {
    id: toEdgeId('operation', id),
    instanceId: toEdgeId('instance', instanceId),
    ...{ kind, request, state, failure, result, askedBy: askedByKind },
    createdAt: operation.createdAt.toISOString(),
    startedAt: operation.startedAt?.toISOString() ?? null,
    finishedAt: operation.finishedAt?.toISOString() ?? null,
  };
}

/** With the link to the screen, if it was `asker` who asked for it and it still holds. */
export function operationDetails(
  operation: Operation,
  { asker, secretBox }: { asker: Actor; secretBox: SecretBox },
): OperationDetails {
  const { id, sealedLink, linkExpiresAt, askedByKind, askedById } = operation;
  const view = { ...operationView(operation), link: null };
  if (sealedLink === null || linkExpiresAt === null || linkExpiresAt.getTime() <= Date.now()) return view;
  if (askedByKind !== asker.kind || askedById !== asker.id) return view;
  const url = secretBox.open(sealedLink, `operation/${id}`);
  return { ...view, link: { url, expiresAt: linkExpiresAt.toISOString() } };
}

export function snapshotView(snapshot: Snapshot): SnapshotView {
  const { id, instanceId, origin, state, label, sizeBytes } = snapshot;
  return {
    id: toEdgeId('snapshot', id),
    instanceId: toEdgeId('instance', instanceId),
    ...{ origin, state, label, sizeBytes },
    createdAt: snapshot.createdAt.toISOString(),
    completedAt: snapshot.completedAt?.toISOString() ?? null,
    expiresAt: snapshot.expiresAt?.toISOString() ?? null,
  };
}

export function serverOperations(
  facts: ServerFacts,
  hypervisors: Capable,
  asker: ServersCaller['kind'],
): ServerOperations {
  return {
    displayName: facts.instance.displayName,
    possibleOperations: possibleOperations(facts, hypervisors, asker),
    operations: facts.operations.map(operationView),
    snapshots: facts.snapshots.map(snapshotView),
  };
}

export function serverView(
  facts: ServerFacts & ServerExtras,
  hypervisors: Capable,
  asker: ServersCaller['kind'],
): ServerView {
  const { instance, disks, addresses } = facts;
  const { ordinal, hostname, state, address, protocol, port, username } = instance;
  const extra = ({ state: stands, createdAt }: (typeof disks | typeof addresses)[number]) => ({
    state: stands,
    createdAt: createdAt.toISOString(),
  });
  return {
    id: toEdgeId('instance', instance.id),
    subscriptionId: toEdgeId('subscription', instance.subscriptionId),
    ...{ ordinal, hostname, state, address, protocol, port, username },
    ...serverOperations(facts, hypervisors, asker),
    disks: disks.map((disk) => ({ ...extra(disk), id: toEdgeId('disk', disk.id), sizeGb: disk.sizeGb })),
    addresses: addresses.map((row) => ({
      ...extra(row),
      id: toEdgeId('address', row.id),
      ...{ family: row.family, address: row.address },
    })),
    firewall: instance.firewall,
  };
}

export function staffServerView(facts: ServerFacts & ServerExtras, hypervisors: Capable): StaffServerView {
  const { provider, providerRef, key } = facts.instance;
  return { ...serverView(facts, hypervisors, 'staff'), provider, providerRef, key };
}
