import { z } from 'zod';
import { invalidRequest } from '../wire/errors.ts';
import { endpoint, type Endpoint } from '../wire/endpoint.ts';
import { page } from '../wire/lists.ts';
import {
  clearable,
  currency,
  decimal,
  flag,
  integer,
  listParams,
  mergeMetadata,
  metadata,
  text,
} from '../wire/params.ts';
import { newPrice, newProduct, type Price, type Product } from '../objects/catalog.ts';
import type { Tx } from '../world/tx.ts';

const recurring = z.strictObject({
  interval: z.enum(['day', 'week', 'month', 'year']),
  interval_count: integer().optional(),
  usage_type: z.enum(['licensed']).optional(),
});
const taxBehavior = z.enum(['exclusive', 'inclusive', 'unspecified']);
const productFields = {
  active: flag().optional(),
  description: clearable().optional(),
  tax_code: text().optional(),
  unit_label: text().optional(),
  metadata: metadata().optional(),
};
const priceFields = {
  active: flag().optional(),
  nickname: clearable().optional(),
  lookup_key: text(200).optional(),
  transfer_lookup_key: flag().optional(),
  tax_behavior: taxBehavior.optional(),
  metadata: metadata().optional(),
};

export const catalogEndpoints: Endpoint[] = [
  endpoint(
    'post',
    '/products',
    { ...productFields, id: text().optional(), name: text() },
    ({ metadata: given = {}, tax_code, unit_label, ...params }, { tx }) => {
      if (params.id !== undefined && tx.get('products', params.id)) {
        throw invalidRequest('Product already exists.', 'id', 'resource_already_exists');
      }
      const product = newProduct(
        { ...params, taxCode: tax_code, unitLabel: unit_label, metadata: mergeMetadata({}, given) },
        tx.now,
      );
      tx.put('products', product.id, product);
      tx.record({ effect: 'product.created', id: product.id, detail: { name: product.name } });
      tx.emit('product.created', product);
      return product;
    },
  ),
  endpoint(
    'get',
    '/products',
    { ...listParams, active: flag().optional(), ids: z.array(text()).optional() },
    (params, { tx }) => {
      const { active, ids, ...list } = params;
      const wanted = (product: Readonly<Product>): boolean =>
        (active === undefined || product.active === active) && (ids?.includes(product.id) ?? true);
      return page(tx.all('products').filter(wanted), list, '/v1/products');
    },
  ),
  endpoint('get', '/products/:id', {}, (_params, { tx, id }) => tx.need('products', id, 'product')),
  endpoint('post', '/products/:id', { ...productFields, name: text().optional() }, (params, { tx, id }) => {
    tx.need('products', id, 'product');
    const product = tx.edit('products', id);
    const { metadata: given, ...plain } = params;
    Object.assign(product, plain, { metadata: mergeMetadata(product.metadata, given), updated: tx.now });
    tx.emit('product.updated', product, {});
    return product;
  }),
  endpoint(
    'post',
    '/prices',
    {
      ...priceFields,
      currency: currency(),
      product: text().optional(),
      product_data: z
        .strictObject({
          id: text().optional(),
          name: text(),
          metadata: metadata().optional(),
          tax_code: text().optional(),
        })
        .optional(),
      unit_amount: integer().optional(),
      unit_amount_decimal: decimal().optional(),
      recurring: recurring.optional(),
      billing_scheme: z.enum(['per_unit']).optional(),
    },
    (params, { tx }) => createPrice(tx, params),
  ),
  endpoint(
    'get',
    '/prices',
    {
      ...listParams,
      active: flag().optional(),
      currency: currency().optional(),
      lookup_keys: z.array(text()).max(10).optional(),
      product: text().optional(),
      type: z.enum(['one_time', 'recurring']).optional(),
      recurring: z.strictObject({ interval: recurring.shape.interval.optional() }).optional(),
    },
    (params, { tx }) => {
      const {
        active,
        currency: wantedCurrency,
        lookup_keys,
        product,
        type,
        recurring: rhythm,
        ...list
      } = params;
      const wanted = (price: Readonly<Price>): boolean =>
        (active === undefined || price.active === active) &&
        (wantedCurrency === undefined || price.currency === wantedCurrency) &&
        (lookup_keys === undefined ||
          (price.lookup_key !== null && lookup_keys.includes(price.lookup_key))) &&
        (product === undefined || price.product === product) &&
        (type === undefined || price.type === type) &&
        (rhythm?.interval === undefined || price.recurring?.interval === rhythm.interval);
      return page(tx.all('prices').filter(wanted), list, '/v1/prices');
    },
  ),
  endpoint('get', '/prices/:id', {}, (_params, { tx, id }) => tx.need('prices', id, 'price')),
  endpoint('post', '/prices/:id', priceFields, ({ transfer_lookup_key, ...params }, { tx, id }) => {
    tx.need('prices', id, 'price');
    if (params.lookup_key !== undefined)
      takeLookupKey(tx, params.lookup_key, transfer_lookup_key ?? false, id);
    const price = tx.edit('prices', id);
    const { metadata: given, ...plain } = params;
    Object.assign(price, plain, { metadata: mergeMetadata(price.metadata, given) });
    tx.emit('price.updated', price, {});
    return price;
  }),
];

interface PriceParams {
  currency: string;
  product?: string;
  product_data?: { id?: string; name: string; metadata?: Record<string, string>; tax_code?: string };
  unit_amount?: number;
  unit_amount_decimal?: number;
  recurring?: z.output<typeof recurring>;
  nickname?: string | null;
  active?: boolean;
  lookup_key?: string;
  transfer_lookup_key?: boolean;
  tax_behavior?: Price['tax_behavior'];
  metadata?: Record<string, string>;
}

function createPrice(tx: Tx, params: PriceParams): Price {
  const unitAmount = params.unit_amount ?? params.unit_amount_decimal;
  if (unitAmount === undefined) {
    throw invalidRequest('Missing required param: unit_amount.', 'unit_amount', 'parameter_missing');
  }
  if (unitAmount < 0 || !Number.isInteger(unitAmount)) {
    throw invalidRequest('unit_amount must be a whole number of minor units, not below zero.', 'unit_amount');
  }
  if ((params.product === undefined) === (params.product_data === undefined)) {
    throw invalidRequest('You must specify either product or product_data.', 'product', 'parameter_missing');
  }
  const product = params.product ?? createProductOf(tx, params.product_data);
  tx.need('products', product, 'product', 'product');
  if (params.lookup_key !== undefined)
    takeLookupKey(tx, params.lookup_key, params.transfer_lookup_key ?? false);
  const price = newPrice(
    {
      product,
      currency: params.currency,
      unitAmount,
      recurring: params.recurring
        ? { interval: params.recurring.interval, intervalCount: params.recurring.interval_count ?? 1 }
        : null,
      lookupKey: params.lookup_key,
      nickname: params.nickname,
      active: params.active,
      taxBehavior: params.tax_behavior,
      metadata: mergeMetadata({}, params.metadata),
    },
    tx.now,
  );
  tx.put('prices', price.id, price);
  tx.record({
    effect: 'price.created',
    id: price.id,
    key: price.lookup_key ?? undefined,
    detail: { amountMinor: price.unit_amount, currency: price.currency },
  });
  tx.emit('price.created', price);
  return price;
}

function createProductOf(tx: Tx, data: PriceParams['product_data']): string {
  const product = newProduct(
    {
      id: data?.id,
      name: data?.name ?? '',
      taxCode: data?.tax_code,
      metadata: mergeMetadata({}, data?.metadata),
    },
    tx.now,
  );
  tx.put('products', product.id, product);
  tx.emit('product.created', product);
  return product.id;
}

/** A lookup key names one price; it is only taken from another on request. */
function takeLookupKey(tx: Tx, key: string, transfer: boolean, self?: string): void {
  const owner = tx.all('prices').find((price) => price.lookup_key === key && price.id !== self);
  if (!owner) return;
  if (!transfer)
    throw invalidRequest(`A price (\`${owner.id}\`) already uses that lookup key.`, 'lookup_key');
  tx.edit('prices', owner.id).lookup_key = null;
}
