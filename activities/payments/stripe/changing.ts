/**
 * Another price for a running subscription (https://docs.stripe.com/billing/subscriptions/change-price), and the way back. The
 * change is known by its key in the subscription's metadata, which Stripe writes together with the price or not at all.
 */
import type Stripe from 'stripe';
import { TenureFailure } from '../../../schemas/failures.ts';
import { Currency } from '../../../schemas/money.ts';
import type { BillingRefs, PriceChange, PricePreview } from '../port.ts';
import { isOver, locate } from './billing-facts.ts';
import { METADATA } from './checkout.ts';
import { voidInvoice } from './ending.ts';
import type { PriceList } from './prices.ts';
import { refundOne } from './refunds.ts';

/** An invoice with what was done to pay it. */
type PaidInvoice = Stripe.Invoice & { payments: Stripe.ApiList<Stripe.InvoicePayment> };

/** What the rest of the period costs more. Only prorations count: Stripe may put the next period on the same preview. */
export async function previewPrice(
  stripe: Stripe,
  refs: BillingRefs,
  { price, quantity }: Omit<PriceChange, 'from'>,
  priceList: PriceList,
): Promise<PricePreview> {
  const subscription = await running(stripe, refs);
  const { recurring } = await priceList.pricesOf(price);
  const preview = await stripe.invoices.createPreview({
    subscription: subscription.id,
    subscription_details: {
      items: [{ id: itemOf(subscription).id, price: recurring, quantity }],
      proration_behavior: 'always_invoice',
    },
  });
  const prorations = preview.lines.data.filter(isProration);
  const sum = (of: (line: Stripe.InvoiceLineItem) => number): number =>
    prorations.reduce((all, line) => all + of(line), 0);
  const taxMinor = sum(({ taxes }) => (taxes ?? []).reduce((all, { amount }) => all + amount, 0));
  return {
    dueNowMinor: sum(({ amount }) => amount) + taxMinor,
    taxMinor,
    currency: Currency.parse(preview.currency),
  };
}

/** Minor units charged for the change. */
export async function changePrice(
  stripe: Stripe,
  refs: BillingRefs,
  { price, quantity, from, key }: PriceChange & { key: string },
  priceList: PriceList,
): Promise<number> {
  const subscription = await running(stripe, refs);
  if (subscription.metadata[METADATA.changeKey] !== key) {
    const item = itemOf(subscription);
    const { recurring } = await priceList.pricesOf(price);
    await stripe.subscriptions.update(
      subscription.id,
      {
        // With another price Stripe counts one, unless it is told the quantity again.
        items: [{ id: item.id, price: recurring, quantity }],
        proration_behavior: from === 'now' ? 'always_invoice' : 'none',
        payment_behavior: 'error_if_incomplete',
        off_session: true,
        metadata: { [METADATA.changeKey]: key, [METADATA.priceBefore]: item.price.id },
      },
      { idempotencyKey: `change/${key}` },
    );
  }
  const invoice = await invoiceOf(stripe, subscription.id, key);
  return invoice?.amount_paid ?? 0;
}

/** The price from before, and the money back. What is not there any more to be put back is left alone. */
export async function undoPriceChange(
  stripe: Stripe,
  refs: BillingRefs,
  key: string,
): Promise<{ refundedMinor: number; settled: boolean }> {
  const { subscription } = await locate(stripe, refs);
  if (subscription?.metadata[METADATA.changeKey] !== key) return { refundedMinor: 0, settled: true };
  if (!isOver(subscription)) await putBack(stripe, subscription, key);
  const invoice = await invoiceOf(stripe, subscription.id, key);
  if (!invoice) return { refundedMinor: 0, settled: true };
  if (invoice.status === 'paid') {
    return { refundedMinor: await refundInvoice(stripe, refs, invoice, key), settled: true };
  }
  if (invoice.status === 'open') await voidInvoice(stripe, invoice.id);
  const { status } = await stripe.invoices.retrieve(invoice.id);
  return { refundedMinor: 0, settled: status === 'void' };
}

async function putBack(stripe: Stripe, subscription: Stripe.Subscription, key: string): Promise<void> {
  const { metadata } = subscription;
  const before = metadata[METADATA.priceBefore];
  if (metadata[METADATA.undoneKey] === key || before === undefined) return;
  const { id, quantity } = itemOf(subscription);
  await stripe.subscriptions.update(
    subscription.id,
    {
      items: [{ id, price: before, quantity }],
      // What was charged for the change is refunded whole, so there is nothing to prorate.
      proration_behavior: 'none',
      metadata: { [METADATA.undoneKey]: key },
    },
    { idempotencyKey: `undo-change/${key}` },
  );
}

async function refundInvoice(
  stripe: Stripe,
  refs: BillingRefs,
  { payments }: PaidInvoice,
  key: string,
): Promise<number> {
  let refundedMinor = 0;
  for (const { payment } of payments.data) {
    const intent = payment.payment_intent;
    const paymentRef = typeof intent === 'string' ? intent : intent?.id;
    if (paymentRef === undefined) continue;
    refundedMinor += await refundOne(stripe, refs, { paymentRef, key: `undo-change/${key}` });
  }
  return refundedMinor;
}

/** The invoice of a change: it keeps the subscription's metadata of its own time. */
async function invoiceOf(
  stripe: Stripe,
  subscription: string,
  key: string,
): Promise<PaidInvoice | undefined> {
  const { data } = await stripe.invoices.list({ subscription, limit: 100, expand: ['data.payments'] });
  const found = data.find(({ billing_reason: reason, parent }) => {
    const { metadata } = parent?.subscription_details ?? {};
    return reason === 'subscription_update' && metadata?.[METADATA.changeKey] === key;
  });
  return found as PaidInvoice | undefined;
}

/** @throws TenureFailure `refused` (`no-billing`) */
async function running(stripe: Stripe, refs: BillingRefs): Promise<Stripe.Subscription> {
  const { subscription } = await locate(stripe, refs);
  if (subscription && !isOver(subscription)) return subscription;
  throw new TenureFailure('refused', 'Billing is not running, so its price cannot be changed.', {
    reason: 'no-billing',
    nextStep: 'Place a new order.',
  });
}

/** Ours have one item: the plan. */
function itemOf({ items }: Stripe.Subscription): Stripe.SubscriptionItem {
  const [item, ...more] = items.data;
  if (item && more.length === 0) return item;
  throw new TenureFailure('refused', 'The subscription at the payment provider has not exactly one item.', {
    reason: 'unknown-items',
    nextStep: 'Look at the subscription at the payment provider; Tenure makes it with one item.',
  });
}

/** Prorations stand on an invoice by way of invoice items, in newer billing modes by way of the subscription's item. */
function isProration({ parent }: Stripe.InvoiceLineItem): boolean {
  const details = parent?.invoice_item_details ?? parent?.subscription_item_details;
  return details?.proration ?? false;
}
