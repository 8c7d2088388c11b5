import type { PaymentGateway } from '../port.ts';
import { readFacts } from './billing-facts.ts';
import { changePrice, previewPrice, undoPriceChange } from './changing.ts';
import { closeCheckout, openCheckout } from './checkout.ts';
import { createClient } from './client.ts';
import { updateCustomer } from './customer.ts';
import { endBilling, resumeBilling, setEndAtPeriodEnd } from './ending.ts';
import { calling } from './errors.ts';
import { adoptForeign, inspectForeign } from './foreign.ts';
import { findPaymentPage } from './payment-page.ts';
import { createPriceList } from './prices.ts';
import { findReceived, refundEverything, refundOne } from './refunds.ts';
import { readEvent } from './webhook.ts';

export interface StripeGatewayConfig {
  secretKey: string;
  /** Several while they are being rotated. */
  webhookSecrets: string[];
  /** Scheme, host and port of the API, without a path. */
  apiBase: string;
  /** Lets Stripe Tax add taxes, on the first payment and on renewals. */
  automaticTax: boolean;
  /** Age limit of a webhook's signature. */
  toleranceSeconds: number;
  /** Time limit of one try of a call. Default 15 s. */
  timeoutMs?: number;
}

/** Stripe as our payment provider. */
export function createStripeGateway(config: StripeGatewayConfig): PaymentGateway {
  const { secretKey, apiBase, automaticTax, timeoutMs = 15_000 } = config;
  const stripe = createClient({ secretKey, apiBase, timeoutMs });
  const priceList = createPriceList(stripe);
  const secrets = config.webhookSecrets.map((secret) => secret.trim()).filter(Boolean);
  const webhookSettings = { secrets, toleranceSeconds: config.toleranceSeconds };
  return {
    name: 'stripe',
    createCheckout: (order) => calling(() => openCheckout(stripe, order, { priceList, automaticTax })),
    expireCheckout: (checkoutRef) => calling(() => closeCheckout(stripe, checkoutRef)),
    readBilling: (refs) => calling(() => readFacts(stripe, refs)),
    inspectBilling: (billingRef) => calling(() => inspectForeign(stripe, billingRef)),
    adoptBilling: (billingRef, owner) => calling(() => adoptForeign(stripe, billingRef, owner)),
    endAtPeriodEnd: (refs) => calling(() => setEndAtPeriodEnd(stripe, refs, true)),
    endNow: (refs) => calling(() => endBilling(stripe, refs)),
    // Stripe's page knows no way back and speaks the customer's own language.
    paymentPage: (refs) => calling(async () => ({ url: await findPaymentPage(stripe, refs) })),
    resume: (refs, key) =>
      calling(async () => ({ billingRef: await resumeBilling(stripe, refs, { key, automaticTax }) })),
    previewPrice: (refs, change) => calling(() => previewPrice(stripe, refs, change, priceList)),
    changePrice: (refs, change, key) =>
      calling(async () => ({
        chargedMinor: await changePrice(stripe, refs, { ...change, key }, priceList),
      })),
    undoPriceChange: (refs, key) => calling(() => undoPriceChange(stripe, refs, key)),
    refundAll: (refs, key) => calling(() => refundEverything(stripe, refs, key)),
    receivedPayments: (refs, since) => calling(() => findReceived(stripe, refs, since)),
    refundPayment: (refs, paymentRef, key) =>
      calling(async () => ({ refundedMinor: await refundOne(stripe, refs, { paymentRef, key }) })),
    updateCustomer: (customerRef, contact, key) =>
      calling(() => updateCustomer(stripe, customerRef, { contact, key })),
    readWebhook: (rawBody, signature, now) => readEvent(rawBody, signature, now, webhookSettings),
  };
}
