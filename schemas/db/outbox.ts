/** The outbox: a message is written in the transaction of the fact it speaks of, and delivered by the relay afterwards. */
import type { EntityManager } from 'typeorm';

/** What the relay can deliver; `subjectId` is given with each. */
export interface OutboxPayloads {
  /** A checkout was opened: start the subscription's workflow. Subject: the subscription. */
  'subscription-created': Record<string, never>;
  /** A webhook was stored: look how the payment stands. Subject: the row in payment_events. */
  'payment-event': Record<string, never>;
  /** The billing standing changed: tell the workflow. Subject: the subscription. */
  'billing-changed': { standing: string; version: number; periodEnd: string | null; eventId: string };
  /** Staff corrected how a customer is reached: tell the payment provider. Subject: the customer. */
  'customer-changed': Record<string, never>;
  /** Money came for what is over: give it back. Subject: the subscription. */
  'late-payment': { paymentRef: string };
  /** It was given back: tell the customer. `key` names the event. Subject: the subscription. */
  'late-payment-refunded': { key: string; amountMinor: number };
  /** Servers are to be taken over: start the import's workflow. Subject: the import. */
  'import-requested': Record<string, never>;
  /** Staff or customer ask for something: an update of the workflow. Subject: the subscription. */
  'subscription-update': { update: string; updateId: string; request: unknown };
}

export type OutboxKind = keyof OutboxPayloads;

/** Where the relay hears of new messages; it also looks by itself, so a lost notification only costs a second. */
export const OUTBOX_CHANNEL = 'tenure_outbox';

/** Adds a message to the transaction. Returns the outbox id (as text). */
export async function appendToOutbox<K extends OutboxKind>(
  tx: EntityManager,
  message: { tenantId: string; kind: K; subjectId: string; payload: OutboxPayloads[K] },
): Promise<string> {
  const rows: { id: string }[] = await tx.query(
    `with message as (
       insert into outbox (tenant_id, kind, subject_id, payload) values ($1, $2, $3, $4) returning id
     ) select id, pg_notify('${OUTBOX_CHANNEL}', '') from message`,
    [message.tenantId, message.kind, message.subjectId, JSON.stringify(message.payload)],
  );
  return rows[0]?.id ?? '';
}

/** Marks a message as delivered by whoever did it before the relay came round. */
export async function markDelivered(tx: EntityManager, outboxId: string): Promise<void> {
  await tx.query('update outbox set delivered_at = now() where id = $1', [outboxId]);
}
