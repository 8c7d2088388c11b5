import { isDeepStrictEqual } from 'node:util';
import { invalidRequest } from '../wire/errors.ts';
import { endpoint, type Endpoint } from '../wire/endpoint.ts';
import { page } from '../wire/lists.ts';
import { address, clearable, listParams, mergeMetadata, metadata, text } from '../wire/params.ts';
import { z } from 'zod';
import { addressOf } from '../objects/common.ts';
import { newCustomer, type Customer } from '../objects/customer.ts';
import type { Tx } from '../world/tx.ts';

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

const customerFields = {
  email: clearable().optional(),
  name: clearable().optional(),
  phone: clearable().optional(),
  description: clearable().optional(),
  address: address().optional(),
  preferred_locales: z.array(text(35)).optional(),
  tax_exempt: z.enum(['exempt', 'none', 'reverse']).optional(),
  metadata: metadata().optional(),
};
const invoiceSettings = z.strictObject({ default_payment_method: text().optional() });

export const customerEndpoints: Endpoint[] = [
  endpoint('post', '/customers', customerFields, ({ metadata: given = {}, ...params }, { tx }) => {
    checkEmail(params.email);
    const customer = newCustomer(
      {
        ...params,
        address: params.address && addressOf(params.address),
        preferredLocales: params.preferred_locales,
        taxExempt: params.tax_exempt,
        metadata: mergeMetadata({}, given),
      },
      tx.now,
    );
    tx.put('customers', customer.id, customer);
    tx.record({
      effect: 'customer.created',
      id: customer.id,
      key: tx.caller.idempotencyKey ?? undefined,
      detail: { metadata: customer.metadata },
    });
    tx.emit('customer.created', customer);
    return customer;
  }),
  endpoint('get', '/customers', { ...listParams, email: text().optional() }, ({ email, ...list }, { tx }) =>
    page(
      tx.all('customers').filter((customer) => email === undefined || customer.email === email),
      list,
      '/v1/customers',
    ),
  ),
  endpoint('get', '/customers/:id', {}, (_params, { tx, id }) => tx.need('customers', id, 'customer')),
  endpoint(
    'post',
    '/customers/:id',
    { ...customerFields, invoice_settings: invoiceSettings.optional() },
    (params, { tx, id }) => {
      const before = structuredClone(tx.need('customers', id, 'customer'));
      checkEmail(params.email);
      const customer = tx.edit('customers', id);
      update(tx, customer, params);
      const previous = whatDiffers(before, customer);
      tx.record({
        effect: 'customer.updated',
        id: customer.id,
        key: tx.caller.idempotencyKey ?? undefined,
        detail: { fields: Object.keys(previous), metadata: customer.metadata },
      });
      tx.emit('customer.updated', customer, previous);
      return customer;
    },
  ),
  endpoint(
    'get',
    '/customers/:id/payment_methods',
    { ...listParams, type: z.enum(['card', 'sepa_debit']).optional() },
    ({ type, ...list }, { tx, id }) => {
      tx.need('customers', id, 'customer');
      return page(methodsOf(tx, id, type), list, `/v1/customers/${id}/payment_methods`);
    },
  ),
  endpoint(
    'get',
    '/payment_methods',
    { ...listParams, customer: text(), type: z.enum(['card', 'sepa_debit']).optional() },
    ({ type, customer, ...list }, { tx }) => {
      tx.need('customers', customer, 'customer', 'customer');
      return page(methodsOf(tx, customer, type), list, '/v1/payment_methods');
    },
  ),
  endpoint('get', '/payment_methods/:id', {}, (_params, { tx, id }) =>
    tx.need('paymentMethods', id, 'PaymentMethod'),
  ),
];

interface CustomerChange {
  email?: string | null;
  name?: string | null;
  phone?: string | null;
  description?: string | null;
  address?: Parameters<typeof addressOf>[0];
  preferred_locales?: string[];
  tax_exempt?: Customer['tax_exempt'];
  metadata?: Record<string, string>;
  invoice_settings?: { default_payment_method?: string };
}

function update(tx: Tx, customer: Customer, change: CustomerChange): void {
  const { metadata: given, address: newAddress, invoice_settings: settings, ...plain } = change;
  Object.assign(customer, plain);
  customer.metadata = mergeMetadata(customer.metadata, given);
  if (newAddress) customer.address = addressOf(newAddress);
  const method = settings?.default_payment_method;
  if (method === undefined) return;
  tx.need('paymentMethods', method, 'PaymentMethod', 'invoice_settings[default_payment_method]');
  customer.invoice_settings.default_payment_method = method;
}

/** The earlier values of the members that have changed, as an event tells them. */
function whatDiffers(before: Customer, after: Customer): Partial<Customer> {
  const changed = Object.entries(before).filter(
    ([name, value]) => !isDeepStrictEqual(value, after[name as keyof Customer]),
  );
  return Object.fromEntries(changed);
}

function checkEmail(email: string | null | undefined): void {
  if (email && !EMAIL.test(email)) {
    throw invalidRequest(`Invalid email address: ${email}`, 'email', 'email_invalid');
  }
}

function methodsOf(tx: Tx, customer: string, type: string | undefined) {
  return tx
    .all('paymentMethods')
    .filter((method) => method.customer === customer && (type === undefined || method.type === type));
}
