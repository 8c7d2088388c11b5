/** Servers and their operations, of whoever asks: staff see their tenant's, who has an order's link that order's. */
import { type EntityManager, In, IsNull, LessThan } from 'typeorm';
import type { PageQuery } from '../../schemas/api/common.ts';
import {
  type InstanceAddress,
  InstanceAddresses,
  type InstanceDisk,
  InstanceDisks,
} from '../../schemas/db/entities/instance-extra.ts';
import { type Instance, Instances } from '../../schemas/db/entities/instance.ts';
import { type Operation, Operations } from '../../schemas/db/entities/operation.ts';
import { type Snapshot, Snapshots } from '../../schemas/db/entities/snapshot.ts';
import { type Subscription, Subscriptions } from '../../schemas/db/entities/subscription.ts';
import { toEdgeId, fromEdgeId } from '../../schemas/ids.ts';
import type { Actor } from '../../schemas/subscriptions/lifecycle.ts';
import type { OrderCaller, StaffCaller } from '../http/caller.ts';
import { readUuidCursor } from '../http/paging.ts';
import { ApiProblem } from '../http/problem.ts';

/** Who asks for servers. */
export type ServersCaller = StaffCaller | OrderCaller;

/** So many of those that ended are shown with a server. */
const SHOWN = 5;

export interface ServerFacts {
  instance: Instance;
  subscription: Subscription;
  /** Under way, and the newest that ended; newest first. */
  operations: Operation[];
  snapshots: Snapshot[];
}

export interface ServerExtras {
  disks: InstanceDisk[];
  addresses: InstanceAddress[];
}

/** @throws ApiProblem `unknown-instance`, also for another tenant's or order's */
export async function findInstance(
  tx: EntityManager,
  caller: ServersCaller,
  edgeId: string,
): Promise<Instance> {
  const id = fromEdgeId('instance', edgeId);
  const found = id === null ? null : await tx.getRepository(Instances).findOneBy({ id });
  if (!found || !isTheirs(caller, found)) throw new ApiProblem('unknown-instance');
  return found;
}

/** @throws ApiProblem `unknown-operation`, also for another tenant's or order's */
export async function findOperation(
  tx: EntityManager,
  caller: ServersCaller,
  edgeId: string,
): Promise<Operation> {
  const id = fromEdgeId('operation', edgeId);
  const found = id === null ? null : await tx.getRepository(Operations).findOneBy({ id });
  if (!found || !isTheirs(caller, found)) throw new ApiProblem('unknown-operation');
  return found;
}

/** Row-level security keeps tenants apart; within one, an order's link leads to that order only. */
function isTheirs(caller: ServersCaller, { subscriptionId }: { subscriptionId: string }): boolean {
  return caller.kind === 'staff' || caller.subscriptionId === subscriptionId;
}

/** In the trail, and to tell whose an operation is. */
export async function actorOf(
  tx: EntityManager,
  caller: ServersCaller,
  { subscriptionId }: { subscriptionId: string },
): Promise<Actor> {
  if (caller.kind === 'staff') return { kind: 'staff', id: toEdgeId('apiKey', caller.keyId) };
  const { customerId } = await tx.getRepository(Subscriptions).findOneByOrFail({ id: subscriptionId });
  return { kind: 'customer', id: toEdgeId('customer', customerId) };
}

/** One more than the limit, to tell whether there are more. */
export function listOperations(
  tx: EntityManager,
  { id: instanceId }: Instance,
  { limit, cursor }: PageQuery,
): Promise<Operation[]> {
  const below = readUuidCursor(cursor);
  return tx.getRepository(Operations).find({
    where: { instanceId, ...(below === null ? {} : { id: LessThan(below) }) },
    order: { id: 'DESC' },
    take: limit + 1,
  });
}

/** Those that are left, newest first. */
export function listSnapshots(tx: EntityManager, instanceIds: string[]): Promise<Snapshot[]> {
  return tx.getRepository(Snapshots).find({
    where: { instanceId: In(instanceIds), deletedAt: IsNull() },
    order: { id: 'DESC' },
  });
}

/** What belongs to a subscription's servers, in two questions for all of them. */
export async function withServerFacts(
  tx: EntityManager,
  subscription: Subscription,
  instances: Instance[],
): Promise<ServerFacts[]> {
  if (instances.length === 0) return [];
  const ids = instances.map(({ id }) => id);
  const shown: { id: string }[] = await tx.query(
    `select id from (select id, state, row_number() over (partition by instance_id order by id desc) as place from operations
       where instance_id = any($1)) o where place <= $2 or state in ('accepted', 'running')`,
    [ids, SHOWN],
  );
  const operations = await tx
    .getRepository(Operations)
    .find({ where: { id: In(shown.map(({ id }) => id)) }, order: { id: 'DESC' } });
  const snapshots = await listSnapshots(tx, ids);
  const of =
    (id: string) =>
    ({ instanceId }: { instanceId: string }): boolean =>
      instanceId === id;
  return instances.map((instance) => ({
    instance,
    subscription,
    operations: operations.filter(of(instance.id)),
    snapshots: snapshots.filter(of(instance.id)),
  }));
}

/** @throws Error if its subscription is not there */
export async function loadServer(tx: EntityManager, instance: Instance): Promise<ServerFacts & ServerExtras> {
  const subscription = await tx.getRepository(Subscriptions).findOneByOrFail({ id: instance.subscriptionId });
  const [facts] = await withServerFacts(tx, subscription, [instance]);
  const where = { instanceId: instance.id, deletedAt: IsNull() };
  const order = { id: 'ASC' } as const;
  const disks = await tx.getRepository(InstanceDisks).find({ where, order });
  const addresses = await tx.getRepository(InstanceAddresses).find({ where, order });
  if (!facts) throw new Error(`There are no facts of the instance ${instance.id}.`);
  return { ...facts, disks, addresses };
}
