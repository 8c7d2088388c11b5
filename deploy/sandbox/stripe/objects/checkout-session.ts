import { newId } from '../wire/ids.ts';
import type { Address, Metadata } from './common.ts';
import type { Price } from './catalog.ts';

/** One line of a checkout: Stripe's `item`. */
export interface CheckoutLine {
  id: string;
  object: 'item';
  amount_discount: number;
  amount_subtotal: number;
  amount_tax: number;
  amount_total: number;
  currency: string;
  description: string;
  metadata: Metadata;
  price: Price;
  quantity: number;
}

export type PaymentMethodType = 'card' | 'sepa_debit';

export interface NewSession {
  customer: string;
  customerEmail: string | null;
  customerName: string | null;
  customerAddress: Address | null;
  clientReferenceId: string | null;
  currency: string;
  locale: string | null;
  successUrl: string;
  cancelUrl: string | null;
  expiresAt: number;
  paymentMethodTypes: PaymentMethodType[];
  allowPromotionCodes: boolean | null;
  automaticTax: boolean;
  taxIdCollection: boolean;
  billingAddressCollection: 'auto' | 'required' | null;
  paymentMethodCollection: 'always' | 'if_required';
  metadata: Metadata;
  publicUrl: string;
}

export type Session = ReturnType<typeof newSession>;

export function newSession(given: NewSession, now: number) {
  const id = newId('cs_test_');
  return {
    id,
    object: 'checkout.session' as const,
    adaptive_pricing: null,
    after_expiration: null,
    allow_promotion_codes: given.allowPromotionCodes,
    amount_subtotal: 0,
    amount_total: 0,
    automatic_tax: {
      enabled: given.automaticTax,
      liability: given.automaticTax ? { type: 'self' as const } : null,
      provider: given.automaticTax ? 'stripe' : null,
      status: null as 'complete' | 'requires_location_inputs' | null,
    },
    billing_address_collection: given.billingAddressCollection,
    branding_settings: {
      background_color: '#ffffff',
      border_style: 'rounded' as const,
      button_color: '#0055cc',
      display_name: 'Sandbox',
      font_family: 'default',
      icon: null,
      logo: null,
    },
    cancel_url: given.cancelUrl,
    client_reference_id: given.clientReferenceId,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: now,
    currency: given.currency,
    currency_conversion: null,
    custom_fields: [] as never[],
    custom_text: {
      after_submit: null,
      shipping_address: null,
      submit: null,
      terms_of_service_acceptance: null,
    },
    customer: given.customer,
    customer_account: null,
    customer_creation: null,
    customer_details: {
      address: given.customerAddress,
      business_name: null,
      email: given.customerEmail,
      individual_name: null,
      name: given.customerName,
      phone: null,
      tax_exempt: 'none' as 'exempt' | 'none' | 'reverse',
      tax_ids: [] as { type: 'eu_vat'; value: string }[],
    },
    customer_email: null,
    discounts: [] as { coupon: string | null; promotion_code: string | null }[],
    expires_at: given.expiresAt,
    integration_identifier: null,
    invoice: null as string | null,
    invoice_creation: null,
    livemode: false,
    locale: given.locale,
    managed_payments: null,
    metadata: given.metadata,
    mode: 'subscription' as const,
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: given.paymentMethodCollection,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: given.paymentMethodTypes,
    payment_status: 'unpaid' as 'no_payment_required' | 'paid' | 'unpaid',
    permissions: null,
    phone_number_collection: { enabled: false },
    recovered_from: null,
    saved_payment_method_options: {
      allow_redisplay_filters: ['always' as const],
      payment_method_remove: 'disabled' as const,
      payment_method_save: null,
    },
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [] as never[],
    status: 'open' as 'complete' | 'expired' | 'open',
    submit_type: null,
    subscription: null as string | null,
    success_url: given.successUrl,
    tax_id_collection: { enabled: given.taxIdCollection, required: 'never' as const },
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: 'hosted_page' as const,
    url: `${given.publicUrl}/c/pay/${id}` as string | null,
    wallet_options: null,
  };
}
