import { z } from 'zod';
import { invalidRequest } from '../wire/errors.ts';
import { endpoint, type Endpoint } from '../wire/endpoint.ts';
import { page } from '../wire/lists.ts';
import { flag, integer, listParams, mergeMetadata, metadata, text } from '../wire/params.ts';
import type { Subscription } from '../objects/subscription.ts';
import { changeItems, recurringPrice, type ItemChanges } from '../money/changes.ts';
import { cancelSubscription, collect, incomplete, startSubscription } from '../money/subscriptions.ts';
import type { Tx } from '../world/tx.ts';
import { itemChanges } from './items.ts';

const cancellationDetails = z.strictObject({
  comment: text().optional(),
  feedback: z
    .enum([
      'customer_service',
      'low_quality',
      'missing_features',
      'other',
      'switched_service',
      'too_complex',
      'too_expensive',
      'unused',
    ])
    .optional(),
});
const createFields = {
  customer: text(),
  items: z
    .array(
      z.strictObject({
        price: text(),
        quantity: integer().optional(),
        metadata: metadata().optional(),
      }),
    )
    .min(1),
  default_payment_method: text().optional(),
  payment_behavior: z.enum(['allow_incomplete', 'error_if_incomplete']).optional(),
  automatic_tax: z.strictObject({ enabled: flag() }).optional(),
  off_session: flag().optional(),
  collection_method: z.enum(['charge_automatically']).optional(),
  description: text(500).optional(),
  metadata: metadata().optional(),
};
type CreateParams = z.output<z.ZodObject<typeof createFields>>;

const STATUSES = [
  'active',
  'canceled',
  'incomplete',
  'incomplete_expired',
  'past_due',
  'paused',
  'trialing',
  'unpaid',
] as const;

export const subscriptionEndpoints: Endpoint[] = [
  endpoint('post', '/subscriptions', createFields, (params, { tx }) => createSubscription(tx, params)),
  endpoint(
    'get',
    '/subscriptions',
    {
      ...listParams,
      customer: text().optional(),
      price: text().optional(),
      status: z.enum([...STATUSES, 'all', 'ended']).optional(),
    },
    ({ customer, price, status, ...list }, { tx }) => {
      const wanted = (subscription: Readonly<Subscription>): boolean =>
        (customer === undefined || subscription.customer === customer) &&
        (price === undefined || subscription.items.data.some((item) => item.price.id === price)) &&
        hasStatus(subscription, status);
      return page(tx.all('subscriptions').filter(wanted), list, '/v1/subscriptions');
    },
  ),
  endpoint('get', '/subscriptions/:id', {}, (_params, { tx, id }) =>
    tx.need('subscriptions', id, 'subscription'),
  ),
  endpoint(
    'post',
    '/subscriptions/:id',
    {
      cancel_at_period_end: flag().optional(),
      cancellation_details: cancellationDetails.optional(),
      default_payment_method: text().optional(),
      description: text(500).optional(),
      ...itemChanges,
      metadata: metadata().optional(),
      off_session: flag().optional(),
      payment_behavior: z.enum(['allow_incomplete', 'error_if_incomplete']).optional(),
      payment_settings: z
        .strictObject({ save_default_payment_method: z.enum(['off', 'on_subscription']).optional() })
        .optional(),
    },
    (params, { tx, id }) => {
      tx.need('subscriptions', id, 'subscription');
      return updateSubscription(tx, id, params);
    },
  ),
  endpoint(
    'delete',
    '/subscriptions/:id',
    {
      cancellation_details: cancellationDetails.optional(),
      invoice_now: flag().optional(),
      prorate: flag().optional(),
    },
    ({ cancellation_details, invoice_now, prorate }, { tx, id }) => {
      tx.need('subscriptions', id, 'subscription');
      if (invoice_now || prorate) throw invalidRequest('The sandbox does not prorate.', 'prorate');
      return cancelSubscription(tx, id, cancellation_details?.comment ?? null);
    },
  ),
];

function createSubscription(tx: Tx, params: CreateParams): Subscription {
  const customer = tx.need('customers', params.customer, 'customer', 'customer');
  const items = params.items.map(({ price, quantity = 1, metadata: given }, index) => ({
    price: recurringPrice(tx, price, `items[${index}][price]`),
    quantity,
    metadata: mergeMetadata({}, given),
  }));
  const method = params.default_payment_method ?? customer.invoice_settings.default_payment_method;
  if (method === null || method === undefined) {
    throw invalidRequest(
      'This customer has no attached payment source or default payment method.',
      undefined,
      'resource_missing',
    );
  }
  const attached = tx.need('paymentMethods', method, 'PaymentMethod', 'default_payment_method');
  if (attached.customer !== customer.id) {
    throw invalidRequest(
      'The customer does not have a payment method with this ID.',
      'default_payment_method',
      'resource_missing',
    );
  }
  const { subscription, invoice } = startSubscription(tx, {
    customer: customer.id,
    currency: items[0]?.price.currency ?? 'usd',
    items,
    extra: [],
    redeemable: null,
    checkoutSession: null,
    reference: tx.caller.idempotencyKey,
    status: 'incomplete',
    defaultPaymentMethod: method,
    paymentMethodTypes: null,
    automaticTax: params.automatic_tax?.enabled ?? false,
    description: params.description ?? null,
    metadata: mergeMetadata({}, params.metadata),
  });
  const outcome = collect(tx, invoice.id);
  if (outcome === 'failed' && params.payment_behavior === 'error_if_incomplete')
    throw incomplete(tx, invoice.id);
  const started = tx.edit('subscriptions', subscription);
  if (outcome === 'processing') started.status = 'active';
  return started;
}

interface Change extends ItemChanges {
  payment_behavior?: 'allow_incomplete' | 'error_if_incomplete';
  cancel_at_period_end?: boolean;
  cancellation_details?: { comment?: string };
  default_payment_method?: string;
  description?: string;
  metadata?: Record<string, string>;
  payment_settings?: { save_default_payment_method?: 'off' | 'on_subscription' };
}

function updateSubscription(tx: Tx, id: string, change: Change): Subscription {
  const subscription = tx.edit('subscriptions', id);
  const { status, items } = subscription;
  const latestInvoice = subscription.latest_invoice;
  if (status === 'canceled' || status === 'incomplete_expired') {
    throw invalidRequest(
      'A canceled subscription can only update its cancellation_details and metadata.',
      'subscription',
    );
  }
  const before: Record<string, unknown> = {};
  if (change.cancel_at_period_end !== undefined) {
    before['cancel_at_period_end'] = subscription.cancel_at_period_end;
    subscription.cancel_at_period_end = change.cancel_at_period_end;
    subscription.cancel_at = change.cancel_at_period_end ? (items.data[0]?.current_period_end ?? null) : null;
    subscription.canceled_at = change.cancel_at_period_end ? tx.now : null;
    subscription.cancellation_details.reason = change.cancel_at_period_end ? 'cancellation_requested' : null;
  }
  if (change.default_payment_method !== undefined) {
    tx.need('paymentMethods', change.default_payment_method, 'PaymentMethod', 'default_payment_method');
    before['default_payment_method'] = subscription.default_payment_method;
    subscription.default_payment_method = change.default_payment_method;
  }
  const saves = change.payment_settings?.save_default_payment_method;
  if (saves !== undefined) {
    before['payment_settings'] = { ...subscription.payment_settings };
    subscription.payment_settings.save_default_payment_method = saves;
  }
  subscription.cancellation_details.comment = change.cancellation_details?.comment ?? null;
  subscription.description = change.description ?? subscription.description;
  if (change.metadata !== undefined) before['metadata'] = subscription.metadata;
  subscription.metadata = mergeMetadata(subscription.metadata, change.metadata);
  const invoice = change.items ? changeItems(tx, subscription, change, before) : null;
  if (subscription.latest_invoice !== latestInvoice) before['latest_invoice'] = latestInvoice;
  tx.record({
    effect: 'subscription.updated',
    id,
    detail: { cancelAtPeriodEnd: subscription.cancel_at_period_end, metadata: subscription.metadata },
  });
  tx.emit('customer.subscription.updated', subscription, before);
  if (invoice === null) return subscription;
  const outcome = collect(tx, invoice.id);
  if (outcome === 'failed' && change.payment_behavior === 'error_if_incomplete')
    throw incomplete(tx, invoice.id);
  return tx.edit('subscriptions', id);
}

function hasStatus(subscription: Readonly<Subscription>, wanted: string | undefined): boolean {
  const ended = subscription.status === 'canceled' || subscription.status === 'incomplete_expired';
  if (wanted === undefined) return subscription.status !== 'canceled';
  if (wanted === 'all') return true;
  return wanted === 'ended' ? ended : subscription.status === wanted;
}
