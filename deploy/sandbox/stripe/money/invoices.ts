import { invalidRequest } from '../wire/errors.ts';
import type { InvoiceItem } from '../objects/invoice-item.ts';
import { newInvoice, type Invoice } from '../objects/invoice.ts';
import { newInvoicePayment, newPaymentIntent, type PaymentIntent } from '../objects/payment.ts';
import type { Subscription } from '../objects/subscription.ts';
import type { Tx } from '../world/tx.ts';
import { taxPercentOf } from './amounts.ts';
import { discountsInForce, reductionOf } from './discounts.ts';
import {
  extraLine,
  pricedLines,
  prorationLine,
  recurringLines,
  type ExtraLine,
  type UnpricedLine,
} from './lines.ts';
import type { Purpose } from './payments.ts';

/** What an invoice is made for. */
export interface Billed {
  reason: Invoice['billing_reason'];
  lines: UnpricedLine[];
}

/** Makes and finalizes the invoice for the subscription's current period; it is open afterwards, or paid if it is zero. */
export function makeInvoice(
  tx: Tx,
  subscriptionId: string,
  reason: 'subscription_create' | 'subscription_cycle',
  extra: ExtraLine[],
): Invoice {
  const subscription = tx.edit('subscriptions', subscriptionId);
  const lines = [...recurringLines(tx, subscription), ...extra.map((line) => extraLine(tx, line))];
  return issue(tx, subscriptionId, { reason, lines });
}

/** Makes and finalizes an invoice of these lines and of all prorations that wait. */
export function issue(tx: Tx, subscriptionId: string, { reason, lines }: Billed): Invoice {
  const subscription = tx.edit('subscriptions', subscriptionId);
  const customer = tx.edit('customers', subscription.customer);
  const waiting = pendingItems(tx, subscriptionId);
  const all = [...waiting.map((item) => prorationLine(tx, item)), ...lines];
  const number = `${customer.invoice_prefix}-${String(customer.next_invoice_sequence).padStart(4, '0')}`;
  customer.next_invoice_sequence += 1;
  const invoice = draft(tx, subscription, { reason, lines: all }, number);
  tx.put('invoices', invoice.id, invoice);
  for (const { id } of waiting) tx.remove('invoiceItems', id);
  subscription.latest_invoice = invoice.id;
  const [applied] = discountsInForce(tx, subscription.discounts, tx.now);
  if (applied?.coupon.duration === 'once' && lines.length > 0) subscription.discounts = [];
  tx.emit('invoice.created', invoice);
  finalize(tx, invoice);
  return invoice;
}

/** Prorations that wait for the next invoice. */
export function pendingItems(tx: Tx, subscriptionId: string): Readonly<InvoiceItem>[] {
  return tx
    .all('invoiceItems')
    .filter(({ parent }) => parent.subscription_details.subscription === subscriptionId);
}

/** An invoice as it would be; nothing is kept. */
export function draft(
  tx: Tx,
  subscription: Readonly<Subscription>,
  { reason, lines }: Billed,
  number: string | null,
): Invoice {
  const customer = tx.need('customers', subscription.customer, 'customer');
  const [applied] = discountsInForce(tx, subscription.discounts, tx.now);
  const { enabled: automaticTax } = subscription.automatic_tax;
  const first = subscription.items.data[0];
  const start = first?.current_period_start ?? tx.now;
  return newInvoice(
    {
      customer: customer.id,
      customerEmail: customer.email,
      customerName: customer.name,
      customerAddress: customer.address,
      customerTaxExempt: customer.tax_exempt,
      currency: subscription.currency,
      number,
      billingReason: reason,
      subscription: subscription.id,
      subscriptionMetadata: subscription.metadata,
      paymentMethodTypes: subscription.payment_settings.payment_method_types,
      automaticTax,
      discounts: applied ? [applied.discount.id] : [],
      lines: pricedLines(
        lines,
        applied ? reductionOf(applied.coupon) : null,
        taxPercentOf(automaticTax, customer.address?.country, customer.tax_exempt),
      ),
      period: { start, end: start },
      startingBalance: customer.balance,
    },
    tx.now,
  );
}

function finalize(tx: Tx, invoice: Invoice): void {
  invoice.status = 'open';
  invoice.effective_at = tx.now;
  invoice.ending_balance = Math.min(0, invoice.total + invoice.starting_balance);
  tx.edit('customers', invoice.customer).balance = invoice.ending_balance;
  invoice.hosted_invoice_url = `${tx.world.publicUrl}/i/${invoice.id}`;
  invoice.status_transitions.finalized_at = tx.now;
  tx.emit('invoice.finalized', invoice);
}

/** The payment intent of an invoice, made when it is first needed. */
export function intentOf(tx: Tx, invoice: Invoice): PaymentIntent {
  const payment = paymentOf(tx, invoice.id);
  if (payment) return tx.edit('paymentIntents', payment.payment.payment_intent);
  const intent = newPaymentIntent(
    {
      amount: invoice.amount_due,
      currency: invoice.currency,
      customer: invoice.customer,
      description: 'Subscription update',
      paymentMethodTypes: invoice.payment_settings.payment_method_types ?? ['card'],
    },
    tx.now,
  );
  tx.put('paymentIntents', intent.id, intent);
  tx.emit('payment_intent.created', intent);
  attachIntent(tx, invoice, intent);
  return intent;
}

/** Says that this intent pays the invoice. */
export function attachIntent(tx: Tx, invoice: Invoice, intent: PaymentIntent): void {
  const payment = newInvoicePayment(invoice.id, intent, tx.now);
  tx.put('invoicePayments', payment.id, payment);
}

export function paymentOf(tx: Tx, invoiceId: string) {
  return tx
    .all('invoicePayments')
    .find(({ invoice, status }) => invoice === invoiceId && status !== 'canceled');
}

/** Marks an open invoice as paid. */
export function markPaid(tx: Tx, invoiceId: string, purpose: Purpose): void {
  const invoice = tx.edit('invoices', invoiceId);
  invoice.status = 'paid';
  invoice.amount_paid = invoice.amount_due;
  invoice.amount_remaining = 0;
  invoice.attempted = true;
  invoice.auto_advance = false;
  invoice.next_payment_attempt = null;
  invoice.status_transitions.paid_at = tx.now;
  tx.record({
    effect: 'invoice.paid',
    id: invoice.id,
    key: purpose.key ?? undefined,
    detail: {
      amountMinor: invoice.amount_paid,
      currency: invoice.currency,
      customer: invoice.customer,
      subscription: purpose.subscription,
      metadata: purpose.metadata,
    },
  });
  tx.emit('invoice.paid', invoice);
  tx.emit('invoice.payment_succeeded', invoice);
  const found = paymentOf(tx, invoiceId);
  if (!found) return;
  const payment = tx.edit('invoicePayments', found.id);
  payment.status = 'paid';
  payment.amount_paid = payment.amount_requested;
  payment.status_transitions.paid_at = tx.now;
  tx.emit('invoice_payment.paid', payment);
}

/**
 * Voids an open invoice: it will never be collected.
 *
 * @throws ApiError 400 for invoices that are paid, drafts, or being paid at this moment.
 */
export function voidInvoice(tx: Tx, invoiceId: string): Invoice {
  const invoice = tx.edit('invoices', invoiceId);
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
    throw invalidRequest(
      `You can only pass in open invoices. This invoice isn't open, it is ${invoice.status}.`,
    );
  }
  const payment = paymentOf(tx, invoiceId);
  const intent = payment && tx.edit('paymentIntents', payment.payment.payment_intent);
  if (intent?.status === 'processing') {
    throw invalidRequest('You cannot void an invoice while a payment on it is processing.');
  }
  if (intent) {
    intent.status = 'canceled';
    intent.canceled_at = tx.now;
    intent.cancellation_reason = 'void_invoice';
    tx.emit('payment_intent.canceled', intent);
  }
  if (payment) {
    const edited = tx.edit('invoicePayments', payment.id);
    edited.status = 'canceled';
    edited.status_transitions.canceled_at = tx.now;
  }
  invoice.status = 'void';
  invoice.auto_advance = false;
  invoice.next_payment_attempt = null;
  invoice.status_transitions.voided_at = tx.now;
  tx.record({ effect: 'invoice.voided', id: invoice.id, detail: { amountMinor: invoice.amount_due } });
  tx.emit('invoice.voided', invoice);
  return invoice;
}
