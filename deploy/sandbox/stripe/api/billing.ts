import { z } from 'zod';
import { invalidRequest } from '../wire/errors.ts';
import { endpoint, type Endpoint } from '../wire/endpoint.ts';
import { page } from '../wire/lists.ts';
import { flag, httpUrl, integer, listParams, mergeMetadata, metadata, text } from '../wire/params.ts';
import { newId } from '../wire/ids.ts';
import type { Invoice } from '../objects/invoice.ts';
import { previewOf } from '../money/changes.ts';
import { refund } from '../money/refunds.ts';
import { collect, declinedError, withdrawInvoice } from '../money/subscriptions.ts';
import type { Tx } from '../world/tx.ts';
import { itemChanges } from './items.ts';

export const billingEndpoints: Endpoint[] = [
  endpoint(
    'get',
    '/invoices',
    {
      ...listParams,
      customer: text().optional(),
      subscription: text().optional(),
      status: z.enum(['draft', 'open', 'paid', 'uncollectible', 'void']).optional(),
    },
    ({ customer, subscription, status, ...list }, { tx }) => {
      const wanted = (invoice: Readonly<Invoice>): boolean =>
        (customer === undefined || invoice.customer === customer) &&
        (subscription === undefined || invoice.parent.subscription_details.subscription === subscription) &&
        (status === undefined || invoice.status === status);
      return page(tx.all('invoices').filter(wanted), list, '/v1/invoices');
    },
  ),
  endpoint(
    'post',
    '/invoices/create_preview',
    {
      customer: text().optional(),
      subscription: text(),
      subscription_details: z.strictObject(itemChanges).optional(),
    },
    ({ customer, subscription: id, subscription_details: change = {} }, { tx }) => {
      const subscription = tx.need('subscriptions', id, 'subscription', 'subscription');
      if (customer !== undefined && customer !== subscription.customer) {
        throw invalidRequest(`The subscription ${id} is not of the customer ${customer}.`, 'customer');
      }
      if (subscription.status === 'canceled') {
        throw invalidRequest(
          'No upcoming invoices for a canceled subscription.',
          undefined,
          'invoice_upcoming_none',
        );
      }
      return previewOf(tx, subscription, change);
    },
  ),
  endpoint('get', '/invoices/:id', {}, (_params, { tx, id }) => tx.need('invoices', id, 'invoice')),
  endpoint(
    'post',
    '/invoices/:id/pay',
    { payment_method: text().optional(), off_session: flag().optional() },
    ({ payment_method }, { tx, id }) => payInvoice(tx, id, payment_method),
  ),
  endpoint('post', '/invoices/:id/void', {}, (_params, { tx, id }) => {
    tx.need('invoices', id, 'invoice');
    return withdrawInvoice(tx, id);
  }),
  endpoint(
    'get',
    '/invoice_payments',
    { ...listParams, invoice: text().optional(), status: z.enum(['canceled', 'open', 'paid']).optional() },
    ({ invoice, status, ...list }, { tx }) =>
      page(
        tx
          .all('invoicePayments')
          .filter((payment) => invoice === undefined || payment.invoice === invoice)
          .filter((payment) => status === undefined || payment.status === status),
        list,
        '/v1/invoice_payments',
      ),
  ),
  endpoint('get', '/invoice_payments/:id', {}, (_params, { tx, id }) =>
    tx.need('invoicePayments', id, 'invoice_payment'),
  ),
  endpoint(
    'get',
    '/payment_intents',
    { ...listParams, customer: text().optional() },
    ({ customer, ...list }, { tx }) =>
      page(
        tx.all('paymentIntents').filter((intent) => customer === undefined || intent.customer === customer),
        list,
        '/v1/payment_intents',
      ),
  ),
  endpoint('get', '/payment_intents/:id', {}, (_params, { tx, id }) =>
    tx.need('paymentIntents', id, 'payment_intent'),
  ),
  endpoint(
    'get',
    '/charges',
    { ...listParams, customer: text().optional(), payment_intent: text().optional() },
    ({ customer, payment_intent, ...list }, { tx }) =>
      page(
        tx
          .all('charges')
          .filter((charge) => customer === undefined || charge.customer === customer)
          .filter((charge) => payment_intent === undefined || charge.payment_intent === payment_intent),
        list,
        '/v1/charges',
      ),
  ),
  endpoint('get', '/charges/:id', {}, (_params, { tx, id }) => tx.need('charges', id, 'charge')),
  endpoint(
    'post',
    '/refunds',
    {
      charge: text().optional(),
      payment_intent: text().optional(),
      amount: integer().optional(),
      reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
      metadata: metadata().optional(),
    },
    ({ amount, reason, metadata: given, ...target }, { tx }) =>
      refund(tx, { chargeId: chargeOf(tx, target), amount, reason, metadata: mergeMetadata({}, given) }),
  ),
  endpoint(
    'get',
    '/refunds',
    { ...listParams, charge: text().optional(), payment_intent: text().optional() },
    ({ charge, payment_intent, ...list }, { tx }) =>
      page(
        tx
          .all('refunds')
          .filter((made) => charge === undefined || made.charge === charge)
          .filter((made) => payment_intent === undefined || made.payment_intent === payment_intent),
        list,
        '/v1/refunds',
      ),
  ),
  endpoint('get', '/refunds/:id', {}, (_params, { tx, id }) => tx.need('refunds', id, 'refund')),
  endpoint(
    'post',
    '/billing_portal/sessions',
    {
      customer: text(),
      return_url: httpUrl().optional(),
      locale: z.enum(['auto', 'de', 'en', 'en-GB']).optional(),
    },
    ({ customer, return_url, locale }, { tx }) => {
      tx.need('customers', customer, 'customer', 'customer');
      const id = newId('bps_');
      return {
        id,
        object: 'billing_portal.session',
        configuration: 'bpc_1SandboxPortalConfiguration',
        created: tx.now,
        customer,
        customer_account: null,
        flow: null,
        livemode: false,
        locale: locale ?? null,
        on_behalf_of: null,
        return_url: return_url ?? null,
        url: `${tx.world.publicUrl}/p/session/${customer}?return_url=${encodeURIComponent(return_url ?? '')}`,
      };
    },
  ),
  endpoint(
    'get',
    '/events',
    { ...listParams, type: text().optional(), types: z.array(text()).max(20).optional() },
    ({ type, types, ...list }, { tx }) => {
      const events = tx
        .all('events')
        .filter((event) => type === undefined || matches(event.type, type))
        .filter((event) => types?.includes(event.type) ?? true);
      const found = page(events, list, '/v1/events');
      return { ...found, data: found.data.map((event) => withPending(tx, event)) };
    },
  ),
  endpoint('get', '/events/:id', {}, (_params, { tx, id }) =>
    withPending(tx, tx.need('events', id, 'event')),
  ),
];

function payInvoice(tx: Tx, id: string, paymentMethod: string | undefined): Invoice {
  const { status } = tx.need('invoices', id, 'invoice');
  if (status === 'paid') throw invalidRequest('Invoice is already paid', undefined, 'invoice_already_paid');
  if (status !== 'open') throw invalidRequest(`This invoice can no longer be paid, it is ${status}.`);
  if (collect(tx, id, { paymentMethod }) === 'failed') throw declinedError(tx, id);
  return tx.edit('invoices', id);
}

function chargeOf(tx: Tx, target: { charge?: string; payment_intent?: string }): string {
  if ((target.charge === undefined) === (target.payment_intent === undefined)) {
    throw invalidRequest(
      'One of the following params should be provided: payment_intent, charge.',
      'charge',
      'parameter_missing',
    );
  }
  if (target.charge !== undefined) return tx.need('charges', target.charge, 'charge', 'charge').id;
  const intent = tx.need('paymentIntents', target.payment_intent ?? '', 'payment_intent', 'payment_intent');
  if (intent.latest_charge === null) {
    throw invalidRequest(
      `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`,
      'payment_intent',
    );
  }
  return intent.latest_charge;
}

/** An event type, or a family of them: `invoice.*`. */
function matches(type: string, wanted: string): boolean {
  return wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
}

function withPending<T extends { id: string }>(tx: Tx, event: T): T {
  return { ...event, pending_webhooks: tx.get('deliveries', event.id) ? 1 : 0 };
}
