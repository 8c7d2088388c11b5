/** What each outbox message means. */
import type { DataSource } from 'typeorm';
import type { Logger } from 'pino';
import { loadSubscriptionInput } from '../../activities/subscriptions/input.ts';
import type { Billing, BillingTarget } from '../../activities/payments/billing.ts';
import type { PaymentGateway } from '../../activities/payments/port.ts';
import {
  MessengerUnavailable,
  type SubscriptionMessenger,
  type SubscriptionUpdate,
  type UpdateOutcome,
} from '../../api/temporal/messenger.ts';
import { failureOf } from '../../api/updates/request-update.ts';
import { PaymentEvents, type PaymentEventState } from '../../schemas/db/entities/payment-event.ts';
import { Subscriptions } from '../../schemas/db/entities/subscription.ts';
import { closeOperation } from '../../schemas/db/operations.ts';
import type { OutboxKind, OutboxPayloads } from '../../schemas/db/outbox.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import type {
  BillingChanged,
  BillingStanding,
  SubscriptionInput,
} from '../../schemas/subscriptions/lifecycle.ts';
import { tellOfCustomer } from './customers.ts';
import { createLatePayments } from './late-payments.ts';
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
  const { db, billing, messenger, logger } = deps;
  const latePayments = createLatePayments(deps);

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
    await latePayments.notice({ tenantId, subscriptionId });
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
    await latePayments.notice({ tenantId, subscriptionId: subjectId });
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
      await giveUp(tenantId, payload, result);
      logger.info({ tenantId, subscriptionId: subjectId, outbox: id, ...result }, 'a request came too late');
    }
  }

  /** Whoever asked for an operation on a server sees that it will not be done. */
  async function giveUp(
    tenantId: string,
    { request }: OutboxPayloads['subscription-update'],
    outcome: UpdateOutcome,
  ): Promise<void> {
    const { operationId } = (request ?? {}) as { operationId?: string };
    const failure = failureOf(outcome);
    if (operationId === undefined || failure === null) return;
    const by = { kind: 'system', id: 'relay' } as const;
    await withTenant(db, tenantId, (tx) => closeOperation(tx, { tenantId, operationId, by, failure }));
  }

  const deliver: { [K in OutboxKind]: (message: OutboxMessage<K>) => Promise<void> } = {
    'subscription-created': async ({ tenantId, subjectId }) =>
      messenger.start(await inputOf(tenantId, subjectId)),
    'payment-event': lookAtPayment,
    'billing-changed': tellBilling,
    'late-payment': (message) => latePayments.giveBack(targetOf(message), message.payload),
    'late-payment-refunded': (message) => latePayments.tell(targetOf(message), message.payload),
    'customer-changed': ({ tenantId, subjectId, id }) =>
      tellOfCustomer(deps, { tenantId, customerId: subjectId, outboxId: id }),
    'import-requested': ({ tenantId, subjectId }) => messenger.startImport({ tenantId, importId: subjectId }),
    'subscription-update': update,
  };
  return async (message) => {
    // The table pairs each kind with its own message, which TypeScript cannot follow through the index.
    const one = deliver[message.kind] as ((message: OutboxMessage) => Promise<void>) | undefined;
    // Of a later release, perhaps: it waits for a relay that knows it.
    if (!one) throw new Error(`There is no message of the kind "${message.kind}" here.`);
    return one(message);
  };
}

/** Of messages about a subscription. */
function targetOf({ tenantId, subjectId }: OutboxMessage): BillingTarget {
  return { tenantId, subscriptionId: subjectId };
}
