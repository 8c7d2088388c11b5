import { invalidRequest } from '../wire/errors.ts';
import { newRefund, type Charge, type Refund } from '../objects/payment.ts';
import type { Tx } from '../world/tx.ts';

export interface RefundRequest {
  chargeId: string;
  /** All that is left if undefined; minor units. */
  amount: number | undefined;
  reason: Refund['reason'] | undefined;
  metadata: Record<string, string>;
}

/** Gives money back. @throws ApiError 400 for more than is left, or for charges that brought nothing. */
export function refund(tx: Tx, { chargeId, amount, reason, metadata }: RefundRequest): Refund {
  const charge = tx.edit('charges', chargeId);
  if (charge.status !== 'succeeded') {
    throw invalidRequest(
      `Charge ${chargeId} has not succeeded and cannot be refunded.`,
      'charge',
      'charge_not_refundable',
    );
  }
  const left = charge.amount_captured - charge.amount_refunded;
  if (left === 0) {
    throw invalidRequest(
      `Charge ${chargeId} has already been refunded.`,
      undefined,
      'charge_already_refunded',
    );
  }
  const wanted = amount ?? left;
  if (wanted < 1 || wanted > left) {
    throw invalidRequest(
      `Refund amount (${wanted}) is greater than unrefunded amount on charge (${left})`,
      'amount',
    );
  }
  const made = newRefund({ charge, amount: wanted, reason: reason ?? null, metadata }, tx.now);
  tx.put('refunds', made.id, made);
  giveBack(charge, wanted);
  tx.record({
    effect: 'refund.created',
    id: made.id,
    key: tx.caller.idempotencyKey ?? undefined,
    detail: {
      amountMinor: wanted,
      currency: made.currency,
      charge: charge.id,
      customer: charge.customer,
      metadata,
    },
  });
  tx.emit('refund.created', made);
  tx.emit('charge.refunded', charge);
  return made;
}

function giveBack(charge: Charge, amount: number): void {
  charge.amount_refunded += amount;
  charge.refunded = charge.amount_refunded === charge.amount_captured;
}
