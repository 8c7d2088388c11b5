import { newId } from '../wire/ids.ts';
import { listOf, type Address, type Metadata } from './common.ts';
import type { Price } from './catalog.ts';
import type { PaymentMethodType } from './checkout-session.ts';

export interface InvoiceLine {
  price: Price;
  quantity: number;
  description: string;
  /** The subscription's item; null for what is charged once, and for prorations. */
  subscriptionItem: string | null;
  /** The invoice item of a proration. */
  proration?: string;
  period: { start: number; end: number };
  subtotal: number;
  discount: number;
  tax: number;
}

export interface NewInvoice {
  customer: string;
  customerEmail: string | null;
  customerName: string | null;
  customerAddress: Address | null;
  customerTaxExempt: 'exempt' | 'none' | 'reverse';
  currency: string;
  /** `null` for a preview. */
  number: string | null;
  billingReason: 'subscription_create' | 'subscription_cycle' | 'subscription_update' | 'upcoming';
  subscription: string;
  subscriptionMetadata: Metadata;
  paymentMethodTypes: PaymentMethodType[] | null;
  automaticTax: boolean;
  discounts: string[];
  lines: InvoiceLine[];
  period: { start: number; end: number };
  /** What the customer has with us before this invoice, minor units; below zero it is a credit. */
  startingBalance: number;
}

const TAX_RATE = 'txr_1SandboxStandardRate0001';

export type Invoice = ReturnType<typeof newInvoice>;

/** A draft invoice; amounts are those of its lines. */
export function newInvoice(given: NewInvoice, now: number) {
  const id = newId('in_');
  const sum = (pick: (line: InvoiceLine) => number): number =>
    given.lines.reduce((all, line) => all + pick(line), 0);
  const subtotal = sum((line) => line.subtotal);
  const discount = sum((line) => line.discount);
  const tax = sum((line) => line.tax);
  const total = subtotal - discount + tax;
  const due = Math.max(0, total + given.startingBalance);
  const discountId = given.discounts[0];
  return {
    id,
    object: 'invoice' as const,
    account_country: 'DE',
    account_name: 'Sandbox',
    account_tax_ids: null,
    amount_due: due,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_paid_off_stripe: 0,
    amount_remaining: due,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: true,
    automatic_tax: {
      disabled_reason: null,
      enabled: given.automaticTax,
      liability: given.automaticTax ? { type: 'self' as const } : null,
      provider: given.automaticTax ? 'stripe' : null,
      status: given.automaticTax ? ('complete' as const) : null,
    },
    automatically_finalizes_at: null,
    billing_reason: given.billingReason,
    collection_method: 'charge_automatically' as const,
    created: now,
    currency: given.currency,
    custom_fields: null,
    customer: given.customer,
    customer_account: null,
    customer_address: given.customerAddress,
    customer_email: given.customerEmail,
    customer_name: given.customerName,
    customer_phone: null,
    customer_shipping: null,
    customer_tax_exempt: given.customerTaxExempt,
    customer_tax_ids: [] as never[],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [] as never[],
    description: null,
    discounts: given.discounts,
    due_date: null,
    effective_at: null as number | null,
    ending_balance: null as number | null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null as string | null,
    invoice_pdf: null,
    issuer: { type: 'self' as const },
    last_finalization_error: null,
    latest_revision: null,
    lines: listOf(
      given.lines.map((line) => wireLine(line, id, given, discountId)),
      `/v1/invoices/${id}/lines`,
    ),
    livemode: false,
    metadata: {} as Metadata,
    next_payment_attempt: null as number | null,
    number: given.number,
    on_behalf_of: null,
    parent: {
      quote_details: null,
      subscription_details: { metadata: given.subscriptionMetadata, subscription: given.subscription },
      type: 'subscription_details' as const,
    },
    payment_settings: {
      default_mandate: null,
      payment_method_options: null,
      payment_method_types: given.paymentMethodTypes,
    },
    period_end: given.period.end,
    period_start: given.period.start,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: given.startingBalance,
    statement_descriptor: null,
    status: 'draft' as 'draft' | 'open' | 'paid' | 'uncollectible' | 'void',
    status_transitions: {
      finalized_at: null as number | null,
      marked_uncollectible_at: null as number | null,
      paid_at: null as number | null,
      voided_at: null as number | null,
    },
    subtotal,
    subtotal_excluding_tax: subtotal,
    test_clock: null,
    total,
    total_discount_amounts: discountId === undefined ? [] : [{ amount: discount, discount: discountId }],
    total_excluding_tax: total - tax,
    total_pretax_credit_amounts: [] as never[],
    total_taxes: given.automaticTax ? [taxOf(tax, total - tax)] : [],
    webhooks_delivered_at: now,
  };
}

function wireLine(line: InvoiceLine, invoice: string, given: NewInvoice, discountId: string | undefined) {
  const isProration = line.proration !== undefined;
  return {
    id: newId('il_'),
    object: 'line_item' as const,
    amount: line.subtotal,
    currency: given.currency,
    description: line.description,
    discount_amounts:
      discountId === undefined || isProration ? [] : [{ amount: line.discount, discount: discountId }],
    discountable: !isProration,
    discounts: [] as string[],
    invoice,
    livemode: false,
    metadata: {} as Metadata,
    parent: line.subscriptionItem
      ? {
          invoice_item_details: null,
          subscription_item_details: {
            invoice_item: null,
            proration: false,
            proration_details: null,
            subscription: given.subscription,
            subscription_item: line.subscriptionItem,
          },
          type: 'subscription_item_details' as const,
        }
      : {
          invoice_item_details: {
            invoice_item: line.proration ?? newId('ii_'),
            proration: isProration,
            proration_details: isProration ? { credited_items: null } : null,
            subscription: given.subscription,
          },
          subscription_item_details: null,
          type: 'invoice_item_details' as const,
        },
    period: line.period,
    pretax_credit_amounts: [] as never[],
    pricing: {
      price_details: { price: line.price.id, product: line.price.product },
      type: 'price_details' as const,
      unit_amount_decimal: line.price.unit_amount_decimal,
    },
    quantity: line.quantity,
    quantity_decimal: String(line.quantity),
    subscription: given.subscription,
    subtotal: line.subtotal,
    taxes: given.automaticTax ? [taxOf(line.tax, line.subtotal - line.discount)] : [],
  };
}

function taxOf(amount: number, taxableAmount: number) {
  return {
    amount,
    tax_behavior: 'exclusive' as const,
    tax_rate_details: { tax_rate: TAX_RATE },
    taxability_reason: amount > 0 ? ('standard_rated' as const) : ('not_collecting' as const),
    taxable_amount: taxableAmount,
    type: 'tax_rate_details' as const,
  };
}
