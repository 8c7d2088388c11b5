import { invalidRequest } from '../wire/errors.ts';
import type { Invoice } from '../objects/invoice.ts';
import { newPaymentMethod, type PaymentIntent } from '../objects/payment.ts';
import type { Tx } from '../world/tx.ts';
import type { TypedInstrument } from './instruments.ts';
import { paymentOf } from './invoices.ts';
import type { PaymentOutcome } from './payments.ts';
import { collect } from './subscriptions.ts';

/** Why an invoice's page asks for nothing, or that it does. */
export type InvoicePageState = 'open' | 'debit-under-way' | 'paid' | 'withdrawn';

export function invoicePageState(tx: Tx, invoice: Readonly<Invoice>): InvoicePageState {
  if (invoice.status === 'paid') return 'paid';
  if (invoice.status !== 'open') return 'withdrawn';
  return lastIntent(tx, invoice.id)?.status === 'processing' ? 'debit-under-way' : 'open';
}

/** The intent of the last try to pay an invoice; none before the first. */
export function lastIntent(tx: Tx, invoiceId: string): Readonly<PaymentIntent> | undefined {
  return tx.get('paymentIntents', paymentOf(tx, invoiceId)?.payment.payment_intent ?? '');
}

/**
 * The customer pays an open invoice with a card or account of their choice, which then belongs to them.
 *
 * @throws ApiError 400 if there is nothing to pay.
 */
export function payByHand(
  tx: Tx,
  invoiceId: string,
  typed: TypedInstrument,
  holder: string,
): PaymentOutcome | 'challenge' {
  const invoice = payable(tx, invoiceId);
  const method = newPaymentMethod(
    {
      name: holder,
      email: invoice.customer_email,
      address: invoice.customer_address,
      details: typed.details,
    },
    tx.now,
  );
  tx.put('paymentMethods', method.id, method);
  tx.put('instruments', method.id, typed.instrument);
  if (!typed.needsChallenge) return charge(tx, invoice, method.id);
  tx.put('attempts', invoiceId, { paymentIntent: null, waiting: method.id });
  return 'challenge';
}

/** The customer's answer to their bank's question (3-D Secure). @throws ApiError 400 if none was asked. */
export function answerInvoiceChallenge(tx: Tx, invoiceId: string, confirmed: boolean): PaymentOutcome {
  const invoice = payable(tx, invoiceId);
  const waiting = tx.get('attempts', invoiceId)?.waiting;
  if (!waiting) throw invalidRequest('No payment of this invoice waits for its confirmation.');
  tx.remove('attempts', invoiceId);
  return confirmed ? charge(tx, invoice, waiting) : 'failed';
}

function payable(tx: Tx, invoiceId: string): Readonly<Invoice> {
  const invoice = tx.need('invoices', invoiceId, 'invoice');
  const state = invoicePageState(tx, invoice);
  if (state !== 'open') throw invalidRequest(`This invoice cannot be paid now: ${state}.`);
  return invoice;
}

function charge(tx: Tx, { id, customer }: Readonly<Invoice>, paymentMethod: string): PaymentOutcome {
  const outcome = collect(tx, id, { paymentMethod, byHand: true });
  if (outcome === 'failed') return outcome;
  const method = tx.edit('paymentMethods', paymentMethod);
  method.customer = customer;
  tx.emit('payment_method.attached', method);
  return outcome;
}
