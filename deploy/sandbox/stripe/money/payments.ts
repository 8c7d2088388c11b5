import type { ErrorFields } from '../wire/errors.ts';
import { newCharge, type Charge, type PaymentIntent } from '../objects/payment.ts';
import type { Tx } from '../world/tx.ts';
import { declineOf } from './instruments.ts';

export type PaymentOutcome = 'succeeded' | 'processing' | 'failed';

export interface Attempt {
  intent: string;
  paymentMethod: string;
  /** Overrides how the card would behave, for the controls. */
  forced?: { outcome: 'succeeds' } | { outcome: 'declines'; declineCode: string };
  /** For the ledger: what the money is for. */
  purpose: Purpose;
}

/** What a payment is for, as the ledger tells it. */
export interface Purpose {
  /** The caller's own reference, if it gave one. */
  key: string | null;
  subscription: string | null;
  metadata: Record<string, string>;
}

/** Charges a payment method once for a payment intent. SEPA debits only begin. */
export function attemptPayment(
  tx: Tx,
  { intent: id, paymentMethod, forced, purpose }: Attempt,
): PaymentOutcome {
  const intent = tx.edit('paymentIntents', id);
  const method = tx.need('paymentMethods', paymentMethod, 'PaymentMethod', 'payment_method');
  const instrument = tx.edit('instruments', paymentMethod);
  const charge = newCharge(intent, method, tx.now);
  tx.put('charges', charge.id, charge);
  intent.payment_method = paymentMethod;
  intent.latest_charge = charge.id;
  instrument.charges += 1;

  const declines =
    instrument.behaviour === 'declines' ||
    (instrument.behaviour === 'declines-later' && instrument.charges > 1);
  if (forced?.outcome === 'declines') return fail(tx, intent, charge, forced.declineCode, purpose);
  if (method.type === 'sepa_debit' && forced === undefined) return beginDebit(tx, intent, charge);
  if (declines && forced === undefined) {
    return fail(tx, intent, charge, instrument.declineCode ?? 'generic_decline', purpose);
  }
  return succeed(tx, intent, charge, purpose);
}

/** The bank's answer to a SEPA debit under way. */
export function settleDebit(
  tx: Tx,
  intentId: string,
  outcome: 'succeeds' | 'fails',
  purpose: Purpose,
): PaymentOutcome {
  const intent = tx.edit('paymentIntents', intentId);
  const charge = tx.edit('charges', intent.latest_charge ?? '');
  tx.remove('debits', intentId);
  return outcome === 'succeeds'
    ? succeed(tx, intent, charge, purpose)
    : fail(tx, intent, charge, 'debit_failed', purpose);
}

function beginDebit(tx: Tx, intent: PaymentIntent, charge: Charge): PaymentOutcome {
  const { behaviour } = tx.need('instruments', intent.payment_method ?? '', 'instrument');
  intent.status = 'processing';
  tx.put('debits', intent.id, {
    outcome: behaviour === 'debit-fails' ? 'fails' : 'succeeds',
    settlesAtMs: Date.now() + tx.world.debitSettlesMs,
  });
  tx.record({
    effect: 'charge.pending',
    id: charge.id,
    detail: { amountMinor: charge.amount, currency: charge.currency },
  });
  tx.emit('charge.pending', charge);
  tx.emit('payment_intent.processing', intent);
  return 'processing';
}

function succeed(tx: Tx, intent: PaymentIntent, charge: Charge, purpose: Purpose): PaymentOutcome {
  charge.status = 'succeeded';
  charge.paid = true;
  charge.captured = true;
  charge.amount_captured = charge.amount;
  charge.outcome = {
    network_status: 'approved_by_network',
    reason: null,
    risk_level: 'normal',
    seller_message: 'Payment complete.',
    type: 'authorized',
  };
  intent.status = 'succeeded';
  intent.amount_received = intent.amount;
  intent.last_payment_error = null;
  tx.record({ effect: 'charge.succeeded', id: charge.id, ...ledgerDetail(charge, purpose) });
  tx.emit('charge.succeeded', charge);
  tx.emit('payment_intent.succeeded', intent);
  return 'succeeded';
}

function fail(
  tx: Tx,
  intent: PaymentIntent,
  charge: Charge,
  declineCode: string,
  purpose: Purpose,
): PaymentOutcome {
  const decline = declineOf(declineCode);
  charge.status = 'failed';
  charge.failure_code = decline.code;
  charge.failure_message = decline.message;
  charge.outcome = {
    network_status: 'declined_by_network',
    reason: decline.declineCode ?? decline.code,
    risk_level: 'normal',
    seller_message: 'The bank did not approve the payment.',
    type: 'issuer_declined',
  };
  intent.status = 'requires_payment_method';
  intent.last_payment_error = errorOf(decline, charge.id);
  tx.record({ effect: 'charge.failed', id: charge.id, ...ledgerDetail(charge, purpose) });
  tx.emit('charge.failed', charge);
  tx.emit('payment_intent.payment_failed', intent);
  return 'failed';
}

function errorOf(decline: ReturnType<typeof declineOf>, charge: string): ErrorFields {
  return {
    type: 'card_error',
    code: decline.code,
    ...(decline.declineCode === undefined ? {} : { decline_code: decline.declineCode }),
    message: decline.message,
    charge,
  };
}

function ledgerDetail(charge: Charge, purpose: Purpose) {
  return {
    key: purpose.key ?? undefined,
    detail: {
      amountMinor: charge.amount,
      currency: charge.currency,
      customer: charge.customer,
      subscription: purpose.subscription,
      metadata: purpose.metadata,
    },
  };
}
