import type { Coupon, Discount, Price, Product, PromotionCode } from '../objects/catalog.ts';
import type { CheckoutLine, Session } from '../objects/checkout-session.ts';
import type { Customer } from '../objects/customer.ts';
import type { StripeEvent } from '../objects/event.ts';
import type { Invoice } from '../objects/invoice.ts';
import type { InvoiceItem } from '../objects/invoice-item.ts';
import type { Charge, InvoicePayment, PaymentIntent, PaymentMethod, Refund } from '../objects/payment.ts';
import type { Subscription } from '../objects/subscription.ts';
import type { LedgerEntry } from '../../shared/ledger.ts';

/** How a test card or account behaves; kept apart from the payment method, which tells its owner nothing of it. */
export interface Instrument {
  behaviour: 'succeeds' | 'declines' | 'declines-later' | 'debit-succeeds' | 'debit-fails';
  /** For declines: what the bank says. */
  declineCode: string | null;
  /** How many charges were tried with it. */
  charges: number;
}

/** A SEPA debit under way. */
export interface Debit {
  outcome: 'succeeds' | 'fails';
  /** Unix milliseconds at which the bank answers. */
  settlesAtMs: number;
}

/** A payment page's tries: the intent of a checkout so far, and the payment method that waits for 3-D Secure. */
export interface PageAttempt {
  paymentIntent: string | null;
  waiting: string | null;
}

/** The answer given to an idempotency key. */
export interface SavedAnswer {
  endpoint: string;
  paramsHash: string;
  status: number;
  body: unknown;
  requestId: string;
  at: number;
}

/** One event on its way to the webhook endpoint. */
export interface Delivery {
  event: string;
  attempts: number;
  dueAtMs: number;
  /** Held back until released by hand. */
  held: boolean;
}

export interface Settings {
  webhookUrl: string | null;
  /** All that are active sign, as during a rotation. */
  webhookSecrets: string[];
  /** New deliveries are held. */
  holding: boolean;
}

/** What one transaction changes: one line of the state's file, so that all of it is kept or nothing. */
export interface Commit {
  /** ISO 8601. */
  at: string;
  records: { collection: CollectionName; id: string; value: unknown }[];
  effects: Effect[];
}

export type Effect = Pick<LedgerEntry, 'effect' | 'id' | 'detail'> & { key?: string };

export interface Collections {
  customers: Record<string, Customer>;
  products: Record<string, Product>;
  prices: Record<string, Price>;
  coupons: Record<string, Coupon>;
  promotionCodes: Record<string, PromotionCode>;
  discounts: Record<string, Discount>;
  sessions: Record<string, Session>;
  sessionLines: Record<string, CheckoutLine[]>;
  /** What a session will give to its subscription. */
  sessionPlans: Record<string, { metadata: Record<string, string>; description: string | null }>;
  /** Of sessions and of invoices. */
  attempts: Record<string, PageAttempt>;
  /** What its maker calls a subscription: the checkout's reference, or the idempotency key. */
  references: Record<string, { key: string | null }>;
  subscriptions: Record<string, Subscription>;
  invoices: Record<string, Invoice>;
  /** Of changed subscriptions, waiting for their next invoice; one that is on an invoice is gone from here. */
  invoiceItems: Record<string, InvoiceItem>;
  invoicePayments: Record<string, InvoicePayment>;
  paymentIntents: Record<string, PaymentIntent>;
  charges: Record<string, Charge>;
  refunds: Record<string, Refund>;
  paymentMethods: Record<string, PaymentMethod>;
  instruments: Record<string, Instrument>;
  debits: Record<string, Debit>;
  events: Record<string, StripeEvent>;
  deliveries: Record<string, Delivery>;
  answers: Record<string, SavedAnswer>;
}

export type CollectionName = keyof Collections;
export type RecordOf<C extends CollectionName> = Collections[C][string];

export interface StripeState extends Collections {
  settings: Settings;
  /** Since the file was opened; folded into the collections when it is opened again. */
  commits: Record<string, Commit>;
}

export function freshState(webhookUrl: string | null, webhookSecrets: string[]): StripeState {
  return {
    customers: {},
    products: {},
    prices: {},
    coupons: {},
    promotionCodes: {},
    discounts: {},
    sessions: {},
    sessionLines: {},
    sessionPlans: {},
    attempts: {},
    references: {},
    subscriptions: {},
    invoices: {},
    invoiceItems: {},
    invoicePayments: {},
    paymentIntents: {},
    charges: {},
    refunds: {},
    paymentMethods: {},
    instruments: {},
    debits: {},
    events: {},
    deliveries: {},
    answers: {},
    settings: { webhookUrl, webhookSecrets, holding: false },
    commits: {},
  };
}
