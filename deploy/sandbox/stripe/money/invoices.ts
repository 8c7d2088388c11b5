import { invalidRequest } from '../wire/errors.ts';
import type { Price } from '../objects/catalog.ts';
import { newInvoice, type Invoice, type InvoiceLine } from '../objects/invoice.ts';
import { newInvoicePayment, newPaymentIntent, type PaymentIntent } from '../objects/payment.ts';
import type { Subscription } from '../objects/subscription.ts';
import type { Tx } from '../world/tx.ts';
import { priceLines, taxPercentOf } from './amounts.ts';
import { discountsInForce, reductionOf } from './discounts.ts';
import type { Purpose } from './payments.ts';

/** What is charged once, besides the subscription's own items. */
export interface ExtraLine {
  price: Price;
  quantity: number;
}

/** Makes and finalizes the invoice for the subscription's current period; it is open afterwards, or paid if it is zero. */
export function makeInvoice(
  tx: Tx,
  subscriptionId: string,
  billingReason: Invoice['billing_reason'],
  extra: ExtraLine[],
): Invoice {
  const subscription = tx.edit('subscriptions', subscriptionId);
  const customer = tx.edit('customers', subscription.customer);
  const applied = discountsInForce(tx, subscription.discounts, tx.now)[0];
  const sequence = String(customer.next_invoice_sequence).padStart(4, '0');
  customer.next_invoice_sequence += 1;
  const unpriced = [...recurringLines(tx, subscription), ...extra.map((line) => extraLine(tx, line))];
  const sums = priceLines(
    unpriced.map(({ price, quantity }) => price.unit_amount * quantity),
    applied ? reductionOf(applied.coupon) : null,
    taxPercentOf(subscription.automatic_tax.enabled, customer.address?.country, customer.tax_exempt),
  );
  const first = subscription.items.data[0];
  const invoice = newInvoice(
    {
      customer: customer.id,
      customerEmail: customer.email,
      customerName: customer.name,
      customerAddress: customer.address,
      customerTaxExempt: customer.tax_exempt,
      currency: subscription.currency,
      number: `${customer.invoice_prefix}-${sequence}`,
      billingReason,
      subscription: subscription.id,
      subscriptionMetadata: subscription.metadata,
      paymentMethodTypes: subscription.payment_settings.payment_method_types,
      automaticTax: subscription.automatic_tax.enabled,
      discounts: applied ? [applied.discount.id] : [],
      lines: unpriced.map((line, index) => ({
        ...line,
        subtotal: sums.lines[index]?.subtotal ?? 0,
        discount: sums.lines[index]?.discount ?? 0,
        tax: sums.lines[index]?.tax ?? 0,
      })),
      period: { start: first?.current_period_start ?? tx.now, end: first?.current_period_start ?? tx.now },
    },
    tx.now,
  );
  tx.put('invoices', invoice.id, invoice);
  subscription.latest_invoice = invoice.id;
  if (applied?.coupon.duration === 'once') subscription.discounts = [];
  tx.emit('invoice.created', invoice);
  finalize(tx, invoice);
  return invoice;
}

function finalize(tx: Tx, invoice: Invoice): void {
  invoice.status = 'open';
  invoice.effective_at = tx.now;
  invoice.ending_balance = 0;
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

type UnpricedLine = Omit<InvoiceLine, 'subtotal' | 'discount' | 'tax'>;

function recurringLines(tx: Tx, subscription: Subscription): UnpricedLine[] {
  return subscription.items.data.map((item) => ({
    price: item.price,
    quantity: item.quantity,
    description: `${item.quantity} × ${nameOf(tx, item.price)}`,
    subscriptionItem: item.id,
    period: { start: item.current_period_start, end: item.current_period_end },
  }));
}

function extraLine(tx: Tx, { price, quantity }: ExtraLine): UnpricedLine {
  return {
    price,
    quantity,
    description: nameOf(tx, price),
    subscriptionItem: null,
    period: { start: tx.now, end: tx.now },
  };
}

function nameOf(tx: Tx, price: Price): string {
  return tx.get('products', price.product)?.name ?? price.product;
}
