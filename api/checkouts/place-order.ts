/** The order's facts: customer, subscription, trail and the message that starts its workflow, all or nothing. */
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { CheckoutRequest } from '../../schemas/api/shop.ts';
import { Customers } from '../../schemas/db/entities/customer.ts';
import { type Subscription, Subscriptions } from '../../schemas/db/entities/subscription.ts';
import { appendToOutbox } from '../../schemas/db/outbox.ts';
import { writeAudit, writeTimeline } from '../../schemas/db/trail.ts';
import { businessKey, toEdgeId } from '../../schemas/ids.ts';
import type { Offer } from './choose-offer.ts';

export interface OrderToPlace {
  tenantId: string;
  /** The new subscription's UUID. */
  subscriptionId: string;
  request: CheckoutRequest;
  offer: Offer;
  checkoutExpiresAt: Date;
}

/** Writes the order. A new customer for each: a guest must not reach another's saved data by typing their address. */
export async function placeOrder(tx: EntityManager, order: OrderToPlace): Promise<Subscription> {
  const { tenantId, subscriptionId, request, checkoutExpiresAt } = order;
  const { plan, price, provider } = order.offer;
  const customerId = uuidv7();
  await tx.getRepository(Customers).insert({
    id: customerId,
    tenantId,
    email: request.email,
    name: request.name ?? null,
    language: request.language,
  });
  const subscriptions = tx.getRepository(Subscriptions);
  await subscriptions.insert({
    id: subscriptionId,
    tenantId,
    customerId,
    planId: plan.id,
    planKey: plan.key,
    planVersion: plan.version,
    interval: request.interval,
    currency: request.currency,
    amountMinor: price.amountMinor,
    setupFeeMinor: price.setupFeeMinor,
    quantity: request.quantity,
    region: request.region,
    provider,
    language: request.language,
    promotionCode: request.promotionCode ?? null,
    stage: 'awaiting-payment',
    summary: `Waiting for payment until ${checkoutExpiresAt.toISOString()}`,
    dueAt: checkoutExpiresAt,
    checkoutExpiresAt,
  });
  await recordPlacing(tx, order, customerId);
  await appendToOutbox(tx, {
    tenantId,
    kind: 'subscription-created',
    subjectId: subscriptionId,
    payload: {},
  });
  return subscriptions.findOneByOrFail({ id: subscriptionId });
}

async function recordPlacing(
  tx: EntityManager,
  { tenantId, subscriptionId, request, offer }: OrderToPlace,
  customerId: string,
): Promise<void> {
  const edgeId = toEdgeId('subscription', subscriptionId);
  const dedupeKey = businessKey(edgeId, 'order-received');
  const { quantity } = request;
  await writeTimeline(tx, {
    tenantId,
    subscriptionId,
    kind: 'order-received',
    data: { quantity },
    dedupeKey,
  });
  await writeAudit(tx, {
    tenantId,
    by: { kind: 'customer', id: toEdgeId('customer', customerId) },
    action: 'order.placed',
    subject: { kind: 'subscription', id: edgeId },
    data: { plan: offer.plan.key, version: offer.plan.version, quantity },
    dedupeKey,
  });
}
