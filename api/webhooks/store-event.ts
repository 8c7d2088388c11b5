/** Stores a payment event once and queues it, in one statement: the whole of what a webhook does before it is answered. */
import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { PaymentEvent } from '../../activities/payments/port.ts';

/** `repeated`: it was stored before, whoever was first. */
export type StoreOutcome = 'stored' | 'ignored' | 'repeated';

// Both rows commit together or not at all; the second of two at once waits for the first and finds its row.
const STORE = `
with stored as (
  insert into payment_events
    (id, tenant_id, event_id, type, occurred_at, state, subscription_id, checkout_ref, billing_ref)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  on conflict (tenant_id, event_id) do nothing
  returning id, tenant_id, state
), queued as (
  insert into outbox (tenant_id, kind, subject_id)
  select tenant_id, 'payment-event', id from stored where state = 'stored'
)
select state from stored`;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** @throws the driver's error if the database does not take it: then the sender must send it again */
export async function storeEvent(pool: Pool, tenantId: string, event: PaymentEvent): Promise<StoreOutcome> {
  // Somebody else's metadata may hold anything.
  const subscriptionId = UUID.test(event.subscriptionId ?? '') ? event.subscriptionId : null;
  const state: StoreOutcome = event.relevant ? 'stored' : 'ignored';
  const { rowCount } = await pool.query({
    name: 'store-payment-event',
    text: STORE,
    values: [
      uuidv7(),
      tenantId,
      event.eventId,
      event.type,
      event.occurredAt,
      state,
      subscriptionId,
      event.checkoutRef,
      event.billingRef,
    ],
  });
  return rowCount === 0 ? 'repeated' : state;
}
