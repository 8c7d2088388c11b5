import { z } from 'zod';
import { invalidRequest } from '../wire/errors.ts';
import { newId } from '../wire/ids.ts';
import { endpoint, type Endpoint } from '../wire/endpoint.ts';
import { page } from '../wire/lists.ts';
import {
  currency,
  flag,
  httpUrl,
  integer,
  listParams,
  mergeMetadata,
  metadata,
  text,
} from '../wire/params.ts';
import { newPrice, newProduct, type Price } from '../objects/catalog.ts';
import {
  newSession,
  type CheckoutLine,
  type PaymentMethodType,
  type Session,
} from '../objects/checkout-session.ts';
import { newCustomer } from '../objects/customer.ts';
import { expireSession, totalUp } from '../money/checkout.ts';
import type { Tx } from '../world/tx.ts';
import { checkSessionRules } from './checkout-rules.ts';

const methodTypes = z.array(z.enum(['card', 'sepa_debit'])).min(1);

/** Parameters of a new session; what the stand-in cannot do is not listed and so refused. */
const sessionFields = {
  mode: z.enum(['subscription']),
  line_items: z
    .array(
      z.strictObject({
        price: text().optional(),
        price_data: z
          .strictObject({
            currency: currency(),
            product: text().optional(),
            product_data: z.strictObject({ name: text(), description: text().optional() }).optional(),
            unit_amount: integer(),
            recurring: z
              .strictObject({
                interval: z.enum(['day', 'week', 'month', 'year']),
                interval_count: integer().optional(),
              })
              .optional(),
            tax_behavior: z.enum(['exclusive', 'inclusive', 'unspecified']).optional(),
          })
          .optional(),
        quantity: integer()
          .refine((value) => value >= 1, 'must be at least 1')
          .optional(),
        metadata: metadata().optional(),
      }),
    )
    .min(1)
    .max(20),
  success_url: httpUrl(),
  cancel_url: httpUrl().optional(),
  customer: text().optional(),
  customer_email: z.email().optional(),
  customer_update: z
    .strictObject({
      address: z.enum(['auto', 'never']).optional(),
      name: z.enum(['auto', 'never']).optional(),
      shipping: z.enum(['auto', 'never']).optional(),
    })
    .optional(),
  client_reference_id: text(200).optional(),
  locale: z.enum(['auto', 'de', 'en', 'en-GB']).optional(),
  expires_at: integer().optional(),
  payment_method_types: methodTypes.optional(),
  allowed_payment_method_types: methodTypes.optional(),
  payment_method_collection: z.enum(['always', 'if_required']).optional(),
  allow_promotion_codes: flag().optional(),
  discounts: z
    .array(z.strictObject({ coupon: text().optional(), promotion_code: text().optional() }))
    .max(1, 'Stripe takes one discount')
    .optional(),
  automatic_tax: z.strictObject({ enabled: flag() }).optional(),
  tax_id_collection: z
    .strictObject({ enabled: flag(), required: z.enum(['if_supported', 'never']).optional() })
    .optional(),
  billing_address_collection: z.enum(['auto', 'required']).optional(),
  metadata: metadata().optional(),
  subscription_data: z
    .strictObject({ metadata: metadata().optional(), description: text(500).optional() })
    .optional(),
  ui_mode: z.enum(['hosted_page']).optional(),
  submit_type: z.enum(['auto', 'pay', 'subscribe']).optional(),
  currency: currency().optional(),
};
export type SessionParams = z.output<z.ZodObject<typeof sessionFields>>;

export const checkoutEndpoints: Endpoint[] = [
  endpoint('post', '/checkout/sessions', sessionFields, (params, { tx, version }) =>
    createSession(tx, params, version),
  ),
  endpoint(
    'get',
    '/checkout/sessions',
    {
      ...listParams,
      customer: text().optional(),
      subscription: text().optional(),
      status: z.enum(['complete', 'expired', 'open']).optional(),
    },
    ({ customer, subscription, status, ...list }, { tx }) => {
      const wanted = (session: Readonly<Session>): boolean =>
        (customer === undefined || session.customer === customer) &&
        (subscription === undefined || session.subscription === subscription) &&
        (status === undefined || session.status === status);
      return page(tx.all('sessions').filter(wanted), list, '/v1/checkout/sessions');
    },
  ),
  endpoint('get', '/checkout/sessions/:id', {}, (_params, { tx, id }) =>
    tx.need('sessions', id, 'checkout.session'),
  ),
  endpoint('get', '/checkout/sessions/:id/line_items', listParams, (list, { tx, id }) => {
    tx.need('sessions', id, 'checkout.session');
    const lines = [...(tx.get('sessionLines', id) ?? [])].reverse();
    return page(lines, list, `/v1/checkout/sessions/${id}/line_items`);
  }),
  endpoint('post', '/checkout/sessions/:id', { metadata: metadata().optional() }, (params, { tx, id }) => {
    tx.need('sessions', id, 'checkout.session');
    const session = tx.edit('sessions', id);
    session.metadata = mergeMetadata(session.metadata, params.metadata);
    return session;
  }),
  endpoint('post', '/checkout/sessions/:id/expire', {}, (_params, { tx, id }) => {
    tx.need('sessions', id, 'checkout.session');
    return expireSession(tx, id);
  }),
];

function createSession(tx: Tx, params: SessionParams, version: string): Session {
  const lines = params.line_items.map((line, index) => readLine(tx, line, index));
  const sessionCurrency = lines[0]?.currency ?? 'usd';
  checkSessionRules(tx, params, lines, version);
  const customer =
    params.customer === undefined ? createCustomer(tx, params.customer_email) : params.customer;
  const known = tx.need('customers', customer, 'customer', 'customer');
  const promises = params.payment_method_types ?? params.allowed_payment_method_types;
  const session = newSession(
    {
      customer,
      customerEmail: known.email,
      customerName: known.name,
      customerAddress: known.address,
      clientReferenceId: params.client_reference_id ?? null,
      currency: sessionCurrency,
      locale: params.locale ?? null,
      successUrl: params.success_url,
      cancelUrl: params.cancel_url ?? null,
      expiresAt: params.expires_at ?? tx.now + 24 * 3_600,
      paymentMethodTypes: promises ?? (['card'] satisfies PaymentMethodType[]),
      allowPromotionCodes: params.allow_promotion_codes ?? null,
      automaticTax: params.automatic_tax?.enabled ?? false,
      taxIdCollection: params.tax_id_collection?.enabled ?? false,
      billingAddressCollection: params.billing_address_collection ?? null,
      paymentMethodCollection: params.payment_method_collection ?? 'always',
      metadata: mergeMetadata({}, params.metadata),
      publicUrl: tx.world.publicUrl,
    },
    tx.now,
  );
  session.discounts = (params.discounts ?? []).map(({ coupon = null, promotion_code = null }) => ({
    coupon,
    promotion_code,
  }));
  session.amount_subtotal = lines.reduce((sum, line) => sum + line.price.unit_amount * line.quantity, 0);
  tx.put('sessions', session.id, session);
  tx.put('sessionLines', session.id, lines);
  tx.put('sessionPlans', session.id, {
    metadata: mergeMetadata({}, params.subscription_data?.metadata),
    description: params.subscription_data?.description ?? null,
  });
  totalUp(tx, session.id);
  tx.record({
    effect: 'checkout.created',
    id: session.id,
    key: session.client_reference_id ?? undefined,
    detail: {
      amountMinor: session.amount_total,
      currency: session.currency,
      customer,
      metadata: session.metadata,
    },
  });
  return session;
}

function createCustomer(tx: Tx, email: string | undefined): string {
  const customer = newCustomer({ email, metadata: {} }, tx.now);
  tx.put('customers', customer.id, customer);
  tx.emit('customer.created', customer);
  return customer.id;
}

type LineParams = SessionParams['line_items'][number];

function readLine(tx: Tx, line: LineParams, index: number): CheckoutLine {
  const at = `line_items[${index}]`;
  if ((line.price === undefined) === (line.price_data === undefined)) {
    throw invalidRequest(
      `You must specify either price or price_data in ${at}.`,
      `${at}[price]`,
      'parameter_missing',
    );
  }
  if (line.quantity === undefined) {
    throw invalidRequest(
      'Quantity is required. Add `quantity` to `' + at + '`.',
      `${at}[quantity]`,
      'parameter_missing',
    );
  }
  const price =
    line.price === undefined ? inlinePrice(tx, line) : tx.need('prices', line.price, 'price', `${at}[price]`);
  if (!price.active)
    throw invalidRequest(`The price specified is inactive. This field only accepts active prices.`, at);
  const product = tx.need('products', price.product, 'product', at);
  return {
    id: newId('li_'),
    object: 'item',
    amount_discount: 0,
    amount_subtotal: 0,
    amount_tax: 0,
    amount_total: 0,
    currency: price.currency,
    description: product.name,
    metadata: mergeMetadata({}, line.metadata),
    price: price,
    quantity: line.quantity,
  };
}

function inlinePrice(tx: Tx, { price_data: data }: LineParams): Price {
  const productId = data?.product ?? newInlineProduct(tx, data?.product_data);
  const recurring = data?.recurring;
  const price = newPrice(
    {
      product: productId,
      currency: data?.currency ?? 'usd',
      unitAmount: data?.unit_amount ?? 0,
      recurring: recurring
        ? { interval: recurring.interval, intervalCount: recurring.interval_count ?? 1 }
        : null,
      taxBehavior: data?.tax_behavior,
      metadata: {},
    },
    tx.now,
  );
  tx.put('prices', price.id, price);
  return price;
}

function newInlineProduct(tx: Tx, data: { name: string; description?: string } | undefined): string {
  const product = newProduct(
    { name: data?.name ?? '', description: data?.description, metadata: {} },
    tx.now,
  );
  tx.put('products', product.id, product);
  return product.id;
}
