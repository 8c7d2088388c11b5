/**
 * Money that comes when all is over goes back: a first bank debit that took its days until the order was closed, or a renewal's
 * that arrives after the teardown. Each payment is one event: noted, given back, and told to the customer once.
 */
import { In, type DataSource } from 'typeorm';
import type { Logger } from 'pino';
import type { Billing, BillingTarget } from '../../activities/payments/billing.ts';
import type { PaymentGateway } from '../../activities/payments/port.ts';
import type { SubscriptionMessenger } from '../../api/temporal/messenger.ts';
import { Subscriptions, type Subscription } from '../../schemas/db/entities/subscription.ts';
import { TimelineEntries } from '../../schemas/db/entities/timeline-entry.ts';
import { appendToOutbox, type OutboxPayloads } from '../../schemas/db/outbox.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { writeAudit, writeTimeline } from '../../schemas/db/trail.ts';
import { businessKey, toEdgeId } from '../../schemas/ids.ts';

export interface LatePaymentDependencies {
  db: DataSource;
  billing: Billing;
  gateway: PaymentGateway;
  messenger: SubscriptionMessenger;
  logger: Logger;
}

export type LatePayments = ReturnType<typeof createLatePayments>;

export function createLatePayments({ db, billing, gateway, messenger, logger }: LatePaymentDependencies) {
  /** When what was paid for was torn down; `null` if nothing was ever delivered. */
  async function endOfDelivery({ tenantId, subscriptionId }: BillingTarget): Promise<string | null> {
    const entries = await withTenant(db, tenantId, (tx) =>
      tx
        .getRepository(TimelineEntries)
        .findBy({ subscriptionId, kind: In(['activated', 'imported', 'torn-down']) }),
    );
    if (!entries.some(({ kind }) => kind !== 'torn-down')) return null;
    const end = entries.find(({ kind }) => kind === 'torn-down');
    // Delivered and not torn down: nothing comes too late yet.
    return (end?.at ?? new Date()).toISOString();
  }

  return {
    /** Looks, after the books were brought up to date, whether money has come for what is over, and notes to give it back. */
    async notice(target: BillingTarget): Promise<void> {
      const { tenantId, subscriptionId } = target;
      const row = await withTenant(db, tenantId, (tx) =>
        tx.getRepository(Subscriptions).findOneByOrFail({ id: subscriptionId }),
      );
      if (row.paidMinor === 0 || !isOver(row)) return;
      const received = await gateway.receivedPayments(
        await billing.refs(target),
        await endOfDelivery(target),
      );
      const late = received.filter(({ leftMinor }) => leftMinor > 0);
      if (late.length === 0) return;
      await withTenant(db, tenantId, async (tx) => {
        for (const { paymentRef } of late) {
          await appendToOutbox(tx, {
            tenantId,
            kind: 'late-payment',
            subjectId: subscriptionId,
            payload: { paymentRef },
          });
        }
      });
    },

    /** Gives one payment back, and keeps billing from going on. */
    async giveBack(target: BillingTarget, { paymentRef }: OutboxPayloads['late-payment']): Promise<void> {
      const { tenantId, subscriptionId } = target;
      const subject = toEdgeId('subscription', subscriptionId);
      const key = businessKey(subject, 'late-payment', paymentRef);
      const refs = await billing.refs(target);
      const { refundedMinor: amountMinor } = await gateway.refundPayment(refs, paymentRef, key);
      await gateway.endNow(refs);
      // Zero: somebody else has given it back meanwhile, and says so.
      if (amountMinor > 0) {
        await withTenant(db, tenantId, async (tx) => {
          const isFirst = await writeAudit(tx, {
            tenantId,
            by: { kind: 'system', id: 'relay' },
            action: 'late-payment.refunded',
            subject: { kind: 'subscription', id: subject },
            data: { paymentRef, amountMinor },
            dedupeKey: key,
          });
          if (!isFirst) return;
          await writeTimeline(tx, { tenantId, subscriptionId, kind: 'refunded', data: {}, dedupeKey: key });
          const payload = { key, amountMinor };
          await appendToOutbox(tx, {
            tenantId,
            kind: 'late-payment-refunded',
            subjectId: subscriptionId,
            payload,
          });
        });
      }
      await billing.refresh(target, key, false);
      logger.warn({ ...target, paymentRef, amountMinor }, 'a payment came when all was over: given back');
    },

    /** Tells the customer, once per payment. */
    async tell(
      { tenantId, subscriptionId }: BillingTarget,
      { key, amountMinor }: OutboxPayloads['late-payment-refunded'],
    ): Promise<void> {
      await messenger.sendMail({
        tenantId,
        subscriptionId,
        key: businessKey(key, 'mail', 'refunded'),
        template: 'refunded',
        facts: { amountMinor, cause: 'late' },
      });
    },
  };
}

/** The story is over or, with billing ended before it began, about to be. */
function isOver({ stage, billingStanding }: Subscription): boolean {
  const isClosing = stage === 'awaiting-payment' && ['ended', 'expired'].includes(billingStanding);
  return stage === 'torn-down' || isClosing;
}
