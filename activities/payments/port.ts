/**
 * What Tenure needs of a payment provider. One folder per provider; only the folder knows its name.
 *
 * All methods throw {@link TenureFailure}: `retryable`, `throttled`, `needs-a-human` (bad key, account restricted, card
 * declined) or `refused`. Mutating calls carry an idempotency key derived from the arguments' business keys, so each may
 * be repeated after a lost answer.
 */
import type { BillingInterval } from '../../schemas/catalog/plan.ts';
import type { Language } from '../../schemas/language.ts';
import type { Currency } from '../../schemas/money.ts';
import type { BilledElsewhere, PeriodicPrice } from '../../schemas/subscriptions/billed.ts';
import type { BillingStanding } from '../../schemas/subscriptions/lifecycle.ts';

export interface PriceToSell {
  /** Stable over catalogue versions. */
  planKey: string;
  planVersion: number;
  /** Shown on the payment page and the invoice. */
  planName: string;
  interval: BillingInterval;
  currency: Currency;
  amountMinor: number;
  setupFeeMinor: number;
}

export interface CheckoutOrder {
  tenantId: string;
  subscriptionId: string;
  customerId: string;
  email: string;
  name: string | null;
  language: Language;
  quantity: number;
  price: PriceToSell;
  /** A customer-facing promotion code typed on our page; on the hosted page one may be typed as well. */
  promotionCode: string | null;
  successUrl: string;
  cancelUrl: string;
  /** ISO 8601 instant after which the session can no longer be paid. */
  expiresAt: string;
}

export interface Checkout {
  /** The provider's id of the session. */
  checkoutRef: string;
  /** The provider's id of the customer. */
  customerRef: string;
  /** Where to send the buyer. */
  url: string;
}

/** How a customer is reached. */
export type CustomerContact = Pick<CheckoutOrder, 'email' | 'name' | 'language'>;

/** A payment that has arrived. */
export interface ReceivedPayment {
  /** The provider's id. */
  paymentRef: string;
  /** What of it has not been given back, minor units. */
  leftMinor: number;
}

/** References that we keep about a subscription's payments. */
export interface BillingRefs {
  subscriptionId: string;
  checkoutRef: string | null;
  /** The provider's id of its subscription, once known. */
  billingRef: string | null;
  /** Billed by others: the payment provider knows nothing of it and is not to be asked. */
  elsewhere?: BilledElsewhere | null;
}

/** How it stands now, read from the provider, never from an event's body. */
export interface BillingFacts {
  standing: BillingStanding;
  billingRef: string | null;
  /** End of the paid period, ISO 8601. */
  periodEnd: string | null;
  endsAtPeriodEnd: boolean;
  /** Sum actually paid and not refunded, minor units. */
  paidMinor: number;
  /** What is charged each period; `null` while nothing bills. */
  price: PeriodicPrice | null;
  /** What the provider says of the last failed attempt, for a person; no card data. */
  declineReason: string | null;
}

/** What the payment provider has of a subscription that was not opened by us. */
export interface ForeignBilling {
  facts: BillingFacts;
  /** The provider's id of the customer. */
  customerRef: string;
  /** How many of what is billed. */
  quantity: number;
  /** Our subscription whose mark it bears. */
  subscriptionId: string | null;
  /** Others that the same customer pays for: money cannot be told apart between them. */
  siblingRefs: string[];
}

/** Another price for what bills already: the same interval and currency. */
export interface PriceChange {
  price: PriceToSell;
  quantity: number;
  /**
   * `now`: the rest of the period is charged at once, less what was paid for it already · `next-period`: nothing is charged or given
   * back, and the next period costs the new price.
   */
  from: 'now' | 'next-period';
}

/** What a change from now on would cost at this moment, minor units; each second makes it a little less. */
export interface PricePreview {
  dueNowMinor: number;
  /** Contained in it. */
  taxMinor: number;
  currency: Currency;
}

/** A verified webhook event. The body stays opaque outside the provider's folder. */
export interface PaymentEvent {
  /** The provider's event id: the unit of deduplication. */
  eventId: string;
  type: string;
  /** ISO 8601 instant of the event. */
  occurredAt: string;
  /** The subscription it speaks of, from our metadata; `null` if it tells only a reference or is not ours. */
  subscriptionId: string | null;
  /** References by which the subscription can be found if it is not named. */
  checkoutRef: string | null;
  billingRef: string | null;
  /** False for event types that can never change how a subscription stands: stored, then left alone. */
  relevant: boolean;
}

export interface PaymentGateway {
  readonly name: string;

  /** Opens a hosted checkout; idempotent by `subscriptionId`. */
  createCheckout(order: CheckoutOrder): Promise<Checkout>;
  /** Closes an unpaid checkout so that it can no longer be paid; no effect if it was completed or has expired. */
  expireCheckout(checkoutRef: string): Promise<void>;
  /** Reads how it stands. */
  readBilling(refs: BillingRefs): Promise<BillingFacts>;
  /** Looks at a subscription that was not opened by us; `null` if there is none of that id. */
  inspectBilling(billingRef: string): Promise<ForeignBilling | null>;
  /**
   * Marks a subscription that was not opened by us as ours, so that its events and successors are found; idempotent.
   * Throws `refused` (`belongs-to-another`) if it bears the mark of another one.
   */
  adoptBilling(billingRef: string, owner: { tenantId: string; subscriptionId: string }): Promise<void>;
  /** No further charge after the paid period; idempotent. */
  endAtPeriodEnd(refs: BillingRefs): Promise<void>;
  /** Ends billing at once and voids what is still open; idempotent; no refund. */
  endNow(refs: BillingRefs): Promise<void>;
  /**
   * A page at the provider where the customer pays what is open; the payment method used there pays the later periods, too.
   * `returnUrl` is where the page leads back to, if it can. Throws `refused` with reason `nothing-to-pay` if nothing is open
   * or a debit for it is under way.
   */
  paymentPage(refs: BillingRefs, returnUrl: string, language: Language): Promise<{ url: string }>;
  /**
   * Undoes {@link endAtPeriodEnd}, or, if billing is already over, starts it again with the saved payment method.
   * `key` makes it idempotent. Throws `needs-a-human` with reason `payment-declined` if the customer must act.
   */
  resume(refs: BillingRefs, key: string): Promise<{ billingRef: string }>;
  /** What {@link changePrice} from now on would cost. Changes nothing. */
  previewPrice(refs: BillingRefs, change: Omit<PriceChange, 'from'>): Promise<PricePreview>;
  /**
   * Bills another price; idempotent by `key`, and looked for before it is done again. All or nothing: throws `needs-a-human` with
   * reason `payment-declined` if what is due now cannot be paid, and then nothing has changed. Returns minor units charged for it,
   * 0 while a debit is under way.
   */
  changePrice(refs: BillingRefs, change: PriceChange, key: string): Promise<{ chargedMinor: number }>;
  /**
   * Undoes {@link changePrice} of that key, if it was done: the price from before bills on, and what was charged goes back. Idempotent.
   * `settled` is false while a debit for it is under way: to be asked for again when that has come to its end.
   */
  undoPriceChange(refs: BillingRefs, key: string): Promise<{ refundedMinor: number; settled: boolean }>;
  /** Gives back all that was paid and not yet refunded; idempotent by `key`. Returns minor units refunded in total. */
  refundAll(refs: BillingRefs, key: string): Promise<{ refundedMinor: number; currency: Currency }>;
  /** The payments that have arrived: all, or those after an instant (ISO 8601) and not before billing had ended. */
  receivedPayments(refs: BillingRefs, since: string | null): Promise<ReceivedPayment[]>;
  /** Gives back what is left of one payment; idempotent by `key`. Returns minor units given back under this key. */
  refundPayment(refs: BillingRefs, paymentRef: string, key: string): Promise<{ refundedMinor: number }>;
  /** Corrects how the provider reaches a customer; idempotent by `key` and contact. */
  updateCustomer(customerRef: string, contact: CustomerContact, key: string): Promise<void>;
  /**
   * Verifies a webhook's signature over the raw body and reads it.
   * @throws WebhookRejected on a missing, forged or stale signature, or a body that is not an event.
   */
  readWebhook(rawBody: Buffer, signature: string | undefined, now: Date): PaymentEvent;
}

export { WebhookRejected } from '../../schemas/webhook-rejected.ts';
