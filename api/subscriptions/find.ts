/** Subscriptions of one tenant: one by its id, or a page of them, newest first. */
import { type EntityManager, In } from 'typeorm';
import type { SubscriptionListQuery } from '../../schemas/api/staff.ts';
import { Customers } from '../../schemas/db/entities/customer.ts';
import { Instances } from '../../schemas/db/entities/instance.ts';
import { type Subscription, Subscriptions } from '../../schemas/db/entities/subscription.ts';
import { fromEdgeId } from '../../schemas/ids.ts';
import { readUuidCursor } from '../http/paging.ts';
import { ApiProblem } from '../http/problem.ts';
import type { SubscriptionFacts } from './view.ts';

/** The UUID behind an id at the edge. @throws ApiProblem `unknown-subscription` */
export function subscriptionUuid(edgeId: string): string {
  const id = fromEdgeId('subscription', edgeId);
  if (id === null) throw new ApiProblem('unknown-subscription');
  return id;
}

/** @throws ApiProblem `unknown-subscription`, also for another tenant's */
export async function findSubscription(tx: EntityManager, edgeId: string): Promise<Subscription> {
  const found = await tx.getRepository(Subscriptions).findOneBy({ id: subscriptionUuid(edgeId) });
  if (!found) throw new ApiProblem('unknown-subscription');
  return found;
}

/** One more than the limit, to tell whether there are more. */
export async function listSubscriptions(
  tx: EntityManager,
  { limit, cursor, stage, attention, customerId }: SubscriptionListQuery,
): Promise<Subscription[]> {
  const below = readUuidCursor(cursor);
  const query = tx
    .getRepository(Subscriptions)
    .createQueryBuilder('s')
    .orderBy('s.id', 'DESC')
    .take(limit + 1);
  if (below !== null) query.andWhere('s.id < :below', { below });
  if (stage !== undefined) query.andWhere('s.stage = :stage', { stage });
  if (attention !== undefined) {
    query.andWhere(attention === 'true' ? 's.attention is not null' : 's.attention is null');
  }
  if (customerId !== undefined) {
    query.andWhere('s.customerId = :customer', { customer: fromEdgeId('customer', customerId) });
  }
  return query.getMany();
}

/** What belongs to the subscriptions, in two questions for all of them. */
export async function withFacts(
  tx: EntityManager,
  subscriptions: Subscription[],
): Promise<SubscriptionFacts[]> {
  if (subscriptions.length === 0) return [];
  const customers = await tx
    .getRepository(Customers)
    .findBy({ id: In(subscriptions.map(({ customerId }) => customerId)) });
  const instances = await tx.getRepository(Instances).find({
    where: { subscriptionId: In(subscriptions.map(({ id }) => id)) },
    order: { ordinal: 'ASC', generation: 'ASC' },
  });
  const customerById = new Map(customers.map((customer) => [customer.id, customer]));
  return subscriptions.flatMap((subscription) => {
    const customer = customerById.get(subscription.customerId);
    const own = instances.filter(({ subscriptionId }) => subscriptionId === subscription.id);
    return customer ? [{ subscription, customer, instances: own }] : [];
  });
}
