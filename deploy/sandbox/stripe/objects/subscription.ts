import { newId } from '../wire/ids.ts';
import { listOf, type Metadata } from './common.ts';
import type { Price } from './catalog.ts';
import type { PaymentMethodType } from './checkout-session.ts';

export type SubscriptionStatus =
  'active' | 'canceled' | 'incomplete' | 'incomplete_expired' | 'past_due' | 'paused' | 'trialing' | 'unpaid';

export interface NewSubscription {
  customer: string;
  currency: string;
  items: { price: Price; quantity: number; metadata?: Metadata }[];
  periodEnd: number;
  status: SubscriptionStatus;
  defaultPaymentMethod: string | null;
  paymentMethodTypes: PaymentMethodType[] | null;
  automaticTax: boolean;
  description: string | null;
  metadata: Metadata;
}

export type Subscription = ReturnType<typeof newSubscription>;
export type SubscriptionItem = Subscription['items']['data'][number];

export function newSubscription(given: NewSubscription, now: number) {
  const id = newId('sub_');
  const items = given.items.map((item) => ({
    id: newId('si_'),
    object: 'subscription_item' as const,
    billing_thresholds: null,
    created: now,
    current_period_end: given.periodEnd,
    current_period_start: now,
    discounts: [] as string[],
    metadata: item.metadata ?? {},
    price: item.price,
    quantity: item.quantity,
    subscription: id,
    tax_rates: [] as never[],
  }));
  return {
    id,
    object: 'subscription' as const,
    application: null,
    application_fee_percent: null,
    automatic_tax: {
      disabled_reason: null,
      enabled: given.automaticTax,
      liability: given.automaticTax ? { type: 'self' as const } : null,
    },
    billing_cycle_anchor: now,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: null, type: 'classic' as const },
    billing_schedules: [] as never[],
    billing_thresholds: null,
    cancel_at: null as number | null,
    cancel_at_period_end: false,
    canceled_at: null as number | null,
    cancellation_details: {
      comment: null as string | null,
      feedback: null,
      feedback_option: null,
      reason: null as 'cancellation_requested' | 'payment_failed' | null,
    },
    collection_method: 'charge_automatically' as const,
    created: now,
    currency: given.currency,
    customer: given.customer,
    customer_account: null,
    days_until_due: null,
    default_payment_method: given.defaultPaymentMethod,
    default_source: null,
    default_tax_rates: [] as never[],
    description: given.description,
    discounts: [] as string[],
    ended_at: null as number | null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' as const },
    },
    items: listOf(items, `/v1/subscription_items?subscription=${id}`),
    latest_invoice: null as string | null,
    livemode: false,
    managed_payments: null,
    metadata: given.metadata,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: given.paymentMethodTypes,
      save_default_payment_method: 'off' as 'off' | 'on_subscription',
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: now,
    status: given.status,
    test_clock: null,
    transfer_data: null,
    trial_end: null,
    trial_settings: { end_behavior: { missing_payment_method: 'create_invoice' as const } },
    trial_start: null,
  };
}
