/** What each outbox message means. */
import { IsNull, Not, type DataSource } from 'typeorm';
import type { Logger } from 'pino';
import { loadSubscriptionInput } from '../../activities/subscriptions/input.ts';
import type { Billing } from '../../activities/payments/billing.ts';
import type { PaymentGateway } from '../../activities/payments/port.ts';
import {
  MessengerUnavailable,
  type SubscriptionMessenger,
  type SubscriptionUpdate,
} from '../../api/temporal/messenger.ts';
import { Instances } from '../../schemas/db/entities/instance.ts';
import { PaymentEvents, type PaymentEventState } from '../../schemas/db/entities/payment-event.ts';
import { Subscriptions } from '../../schemas/db/entities/subscription.ts';
import type { OutboxPayloads } from '../../schemas/db/outbox.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { writeTimeline } from '../../schemas/db/trail.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import { businessKey, toEdgeId } from '../../schemas/ids.ts';
import type {
  BillingChanged,
  BillingStanding,
  SubscriptionInput,
} from '../../schemas/subscriptions/lifecycle.ts';
import type { OutboxMessage } from './relay.ts';

export interface DeliveryDependencies {
  db: DataSource;
  billing: Billing;
  gateway: PaymentGateway;
  messenger: SubscriptionMessenger;
  logger: Logger;
}

/** Temporal, the payment provider or something else is away or busy, and will be back for everybody at once. */
export function isOutage(error: unknown): boolean {
  if (error instanceof MessengerUnavailable) return true;
  return error instanceof TenureFailure && (error.kind === 'retryable' || error.kind === 'throttled');
}

export function createDelivery(deps: DeliveryDependencies): (message: OutboxMessage) => Promise<void> {
  const { db, billing, gateway, messenger, logger } = deps;

  const inputOf = (tenantId: string, subscriptionId: string): Promise<SubscriptionInput> =>
    withTenant(db, tenantId, (tx) => loadSubscriptionInput(tx, subscriptionId));

  /** A webhook is only a hint to look how the payment stands. */
  async function lookAtPayment({ tenantId, subjectId }: OutboxMessage): Promise<void> {
    const { eventId, subscriptionId } = await withTenant(db, tenantId, async (tx) => {
      const event = await tx.getRepository(PaymentEvents).findOneByOrFail({ id: subjectId });
      const { checkoutRef, billingRef } = event;
      const row = await tx
        .getRepository(Subscriptions)
        .createQueryBuilder('s')
        .where('s.id = :id or s.checkout_ref = :checkoutRef or s.billing_ref = :billingRef', {
          id: event.subscriptionId,
          checkoutRef,
          billingRef,
        })
        .getOne();
      return { eventId: event.eventId, subscriptionId: row?.id ?? null };
    });
    const finish = (state: PaymentEventState, detail: string | null): Promise<unknown> =>
      withTenant(db, tenantId, (tx) =>
        tx.getRepository(PaymentEvents).update({ id: subjectId }, { state, detail, subscriptionId }),
      );
    if (subscriptionId === null) {
      await finish('ignored', 'It speaks of no subscription of ours.');
      return;
    }
    await billing.refresh({ tenantId, subscriptionId }, eventId, true);
    if (await isPaidInVain(tenantId, subscriptionId)) await giveBackLatePayment(tenantId, subscriptionId);
    await finish('applied', null);
  }

  async function tellBilling({
    tenantId,
    subjectId,
    payload,
  }: OutboxMessage<'billing-changed'>): Promise<void> {
    const change: BillingChanged = { ...payload, standing: payload.standing as BillingStanding };
    const input = await inputOf(tenantId, subjectId);
    if (await messenger.billingChanged(input, change)) return;
    if (change.standing === 'paid') await giveBackLatePayment(tenantId, subjectId);
  }

  /** Money is there, and the story is over or, with billing ended before it began, about to be. */
  async function isPaidInVain(tenantId: string, subscriptionId: string): Promise<boolean> {
    const { stage, billingStanding, paidMinor } = await withTenant(db, tenantId, (tx) =>
      tx.getRepository(Subscriptions).findOneByOrFail({ id: subscriptionId }),
    );
    const isClosing = stage === 'awaiting-payment' && ['ended', 'expired'].includes(billingStanding);
    return paidMinor > 0 && (stage === 'torn-down' || isClosing);
  }

  /** Money for an order that is over and was never delivered goes back, such as a bank debit that took its days. */
  async function giveBackLatePayment(tenantId: string, subscriptionId: string): Promise<void> {
    const delivered = await withTenant(db, tenantId, (tx) =>
      tx.getRepository(Instances).countBy({ subscriptionId, credentialsVerifiedAt: Not(IsNull()) }),
    );
    if (delivered > 0) return;
    const refs = await billing.refs({ tenantId, subscriptionId });
    const key = businessKey(toEdgeId('subscription', subscriptionId), 'late-payment-refund');
    await gateway.refundAll(refs, key);
    await gateway.endNow(refs);
    await billing.refresh({ tenantId, subscriptionId }, key, false);
    await withTenant(db, tenantId, (tx) =>
      writeTimeline(tx, { tenantId, subscriptionId, kind: 'refunded', data: {}, dedupeKey: key }),
    );
    logger.warn({ tenantId, subscriptionId }, 'a payment came after the order was closed and was given back');
  }

  async function isTornDown(tenantId: string, subscriptionId: string): Promise<boolean> {
    return withTenant(db, tenantId, async (tx) => {
      const { stage } = await tx.getRepository(Subscriptions).findOneByOrFail({ id: subscriptionId });
      return stage === 'torn-down';
    });
  }

  async function update({
    tenantId,
    subjectId,
    payload,
    id,
  }: OutboxMessage<'subscription-update'>): Promise<void> {
    const request = payload.request as never;
    const result = await messenger.update(
      subjectId,
      payload.update as SubscriptionUpdate,
      payload.updateId,
      request,
    );
    if (result.outcome === 'finished' && !(await isTornDown(tenantId, subjectId))) {
      throw new TenureFailure('retryable', 'The subscription’s workflow has not been started yet.', {
        reason: 'not-started',
      });
    }
    if (result.outcome !== 'done') {
      logger.info({ tenantId, subscriptionId: subjectId, outbox: id, ...result }, 'a request came too late');
    }
  }

  return async (message) => {
    switch (message.kind) {
      case 'subscription-created':
        return messenger.start(await inputOf(message.tenantId, message.subjectId));
      case 'payment-event':
        return lookAtPayment(message);
      case 'billing-changed':
        return tellBilling({
          ...message,
          kind: 'billing-changed',
          payload: message.payload as OutboxPayloads['billing-changed'],
        });
      case 'subscription-update':
        return update({
          ...message,
          kind: 'subscription-update',
          payload: message.payload as OutboxPayloads['subscription-update'],
        });
      default:
        // Of a later release, perhaps: it waits for a relay that knows it.
        throw new Error(`There is no message of the kind "${String(message.kind)}" here.`);
    }
  };
}
