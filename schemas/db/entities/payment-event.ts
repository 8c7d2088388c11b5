import { EntitySchema } from 'typeorm';
import { id, instant, named, optional, tenantId, text, uuid } from './columns.ts';

export type PaymentEventState = 'stored' | 'applied' | 'ignored' | 'failed';

/** A webhook event of the payment provider, stored once per event id. */
export interface PaymentEvent {
  id: string;
  tenantId: string;
  eventId: string;
  type: string;
  occurredAt: Date;
  receivedAt: Date;
  state: PaymentEventState;
  subscriptionId: string | null;
  checkoutRef: string | null;
  billingRef: string | null;
  detail: string | null;
}

export const PaymentEvents = new EntitySchema<PaymentEvent>({
  name: 'PaymentEvent',
  tableName: 'payment_events',
  columns: {
    id,
    tenantId,
    eventId: named('event_id', text),
    type: text,
    occurredAt: named('occurred_at', instant),
    receivedAt: named('received_at', instant),
    state: text,
    subscriptionId: optional('subscription_id', uuid),
    checkoutRef: optional('checkout_ref', text),
    billingRef: optional('billing_ref', text),
    detail: optional('detail', text),
  },
});
