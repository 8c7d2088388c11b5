import { newId } from '../wire/ids.ts';
import type { ErrorFields } from '../wire/errors.ts';
import { addressOf, type Address, type Metadata } from './common.ts';
import type { PaymentMethodType } from './checkout-session.ts';

/** What is known of the card or account itself. */
export type MethodDetails =
  | { type: 'card'; brand: string; last4: string; expMonth: number; expYear: number }
  | { type: 'sepa_debit'; bankCode: string; country: string; last4: string };

export interface NewPaymentMethod {
  name: string | null;
  email: string | null;
  address: Address | null;
  details: MethodDetails;
}

export type PaymentMethod = ReturnType<typeof newPaymentMethod>;

/** A payment method that belongs to nobody yet. */
export function newPaymentMethod(given: NewPaymentMethod, now: number) {
  return {
    id: newId('pm_'),
    object: 'payment_method' as const,
    allow_redisplay: 'limited' as const,
    billing_details: {
      address: given.address ?? addressOf({}),
      email: given.email,
      name: given.name,
      phone: null,
      tax_id: null,
    },
    created: now,
    customer: null as string | null,
    customer_account: null,
    livemode: false,
    metadata: {} as Metadata,
    ...methodMember(given.details),
  };
}

function methodMember(details: MethodDetails) {
  if (details.type === 'sepa_debit') {
    return {
      type: details.type,
      sepa_debit: {
        bank_code: details.bankCode,
        branch_code: '',
        country: details.country,
        fingerprint: newId('').slice(0, 16),
        generated_from: null,
        last4: details.last4,
      },
    };
  }
  return {
    type: details.type,
    card: {
      brand: details.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'DE',
      display_brand: details.brand,
      exp_month: details.expMonth,
      exp_year: details.expYear,
      fingerprint: newId('').slice(0, 16),
      funding: 'credit',
      generated_from: null,
      last4: details.last4,
      networks: { available: [details.brand], preferred: null },
      regulated_status: 'unregulated' as const,
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
  };
}

export interface NewIntent {
  amount: number;
  currency: string;
  customer: string;
  description: string | null;
  paymentMethodTypes: PaymentMethodType[];
}

export type IntentStatus =
  'canceled' | 'processing' | 'requires_action' | 'requires_payment_method' | 'succeeded';
export type PaymentIntent = ReturnType<typeof newPaymentIntent>;

export function newPaymentIntent(given: NewIntent, now: number) {
  const id = newId('pi_');
  return {
    id,
    object: 'payment_intent' as const,
    allowed_payment_method_types: null,
    amount: given.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null as number | null,
    cancellation_reason: null as 'void_invoice' | null,
    capture_method: 'automatic' as const,
    client_secret: `${id}_secret_${newId('')}`,
    confirmation_method: 'automatic' as const,
    created: now,
    currency: given.currency,
    customer: given.customer,
    customer_account: null,
    description: given.description,
    excluded_payment_method_types: null,
    last_payment_error: null as ErrorFields | null,
    latest_charge: null as string | null,
    livemode: false,
    managed_payments: null,
    metadata: {} as Metadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: null as string | null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: given.paymentMethodTypes,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: 'off_session' as const,
    shipping: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'requires_payment_method' as IntentStatus,
    transfer_data: null,
    transfer_group: null,
  };
}

export type Charge = ReturnType<typeof newCharge>;

export function newCharge(intent: PaymentIntent, method: PaymentMethod, now: number) {
  return {
    id: newId('ch_'),
    object: 'charge' as const,
    amount: intent.amount,
    amount_captured: 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.billing_details,
    calculated_statement_descriptor: 'SANDBOX',
    captured: false,
    created: now,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null as string | null,
    failure_message: null as string | null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: null as {
      network_status: string;
      reason: string | null;
      risk_level: string;
      seller_message: string;
      type: string;
    } | null,
    paid: false,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: chargedDetails(method),
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'pending' as 'failed' | 'pending' | 'succeeded',
    transfer_data: null,
    transfer_group: null,
  };
}

function chargedDetails(method: PaymentMethod) {
  if (method.type === 'sepa_debit') {
    const { bank_code, branch_code, country, fingerprint, last4 } = method.sepa_debit;
    return {
      sepa_debit: { bank_code, branch_code, country, fingerprint, last4, mandate: null },
      type: method.type,
    };
  }
  const { brand, checks, country, exp_month, exp_year, fingerprint, funding, last4 } = method.card;
  return {
    card: {
      brand,
      checks,
      country,
      exp_month,
      exp_year,
      fingerprint,
      funding,
      last4,
      mandate: null,
      network: brand,
    },
    type: method.type,
  };
}

export type InvoicePayment = ReturnType<typeof newInvoicePayment>;

export function newInvoicePayment(invoice: string, intent: PaymentIntent, now: number) {
  return {
    id: newId('inpay_'),
    object: 'invoice_payment' as const,
    amount_paid: null as number | null,
    amount_requested: intent.amount,
    created: now,
    currency: intent.currency,
    invoice,
    is_default: true,
    livemode: false,
    payment: { payment_intent: intent.id, type: 'payment_intent' as const },
    status: 'open' as 'canceled' | 'open' | 'paid',
    status_transitions: { canceled_at: null as number | null, paid_at: null as number | null },
  };
}

export interface NewRefund {
  charge: Charge;
  amount: number;
  reason: 'duplicate' | 'fraudulent' | 'requested_by_customer' | null;
  metadata: Metadata;
}

export type Refund = ReturnType<typeof newRefund>;

export function newRefund(given: NewRefund, now: number) {
  return {
    id: newId('re_'),
    object: 'refund' as const,
    amount: given.amount,
    balance_transaction: null,
    charge: given.charge.id,
    created: now,
    currency: given.charge.currency,
    customer: given.charge.customer,
    customer_account: null,
    destination_details: destinationOf(given.charge),
    metadata: given.metadata,
    payment_intent: given.charge.payment_intent,
    payment_method: given.charge.payment_method,
    reason: given.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded' as const,
    transfer_reversal: null,
  };
}

function destinationOf(charge: Charge) {
  return charge.payment_method_details.type === 'card'
    ? { card: { type: 'refund' as const }, type: 'card' }
    : { type: 'eu_bank_transfer', eu_bank_transfer: { reference: null, reference_status: 'pending' } };
}
