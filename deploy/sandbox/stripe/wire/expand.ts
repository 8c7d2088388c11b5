import type { CollectionName } from '../world/state.ts';
import type { Tx } from '../world/tx.ts';
import { listOf } from '../objects/common.ts';
import { invalidRequest } from './errors.ts';

type Node = Record<string, unknown>;

const MAX_LEVELS = 4;

/** Members that hold an id, and where the object is. */
const REFERENCES: Record<string, CollectionName> = {
  customer: 'customers',
  subscription: 'subscriptions',
  invoice: 'invoices',
  latest_invoice: 'invoices',
  payment_intent: 'paymentIntents',
  charge: 'charges',
  latest_charge: 'charges',
  payment_method: 'paymentMethods',
  default_payment_method: 'paymentMethods',
  product: 'products',
  price: 'prices',
  coupon: 'coupons',
  promotion_code: 'promotionCodes',
  discounts: 'discounts',
};

/** Lists that an object only carries when asked: `object.member`. */
const INCLUDABLE: Record<string, (tx: Tx, node: Node) => unknown> = {
  'checkout.session.line_items': (tx, { id }) =>
    listOf([...(tx.get('sessionLines', String(id)) ?? [])], `/v1/checkout/sessions/${String(id)}/line_items`),
  'invoice.payments': (tx, { id }) =>
    listOf(
      tx.all('invoicePayments').filter(({ invoice }) => invoice === id),
      `/v1/invoice_payments?invoice=${String(id)}`,
    ),
  'charge.refunds': (tx, { id }) =>
    listOf(
      tx.all('refunds').filter(({ charge }) => charge === id),
      `/v1/charges/${String(id)}/refunds`,
    ),
  'customer.subscriptions': (tx, { id }) =>
    listOf(
      tx.all('subscriptions').filter(({ customer, status }) => customer === id && status !== 'canceled'),
      `/v1/customers/${String(id)}/subscriptions`,
    ),
};

/**
 * A copy of an answer with the wished references filled in.
 *
 * @param paths such as `latest_charge` or `data.customer`, up to four levels deep.
 * @throws ApiError 400 for what cannot be expanded.
 */
export function expanded<T extends object>(tx: Tx, body: T, paths: string[]): T {
  if (paths.length === 0) return body;
  const copy = structuredClone(body);
  for (const path of paths) {
    const segments = path.split('.');
    if (segments.length > MAX_LEVELS) {
      throw invalidRequest('You cannot expand more than 4 levels of a property.', 'expand');
    }
    walk(tx, copy, segments, path);
  }
  return copy;
}

function walk(tx: Tx, target: unknown, [name, ...rest]: string[], path: string): void {
  if (name === undefined || target === null) return;
  if (Array.isArray(target)) {
    for (const element of target) walk(tx, element, [name, ...rest], path);
    return;
  }
  const node = target as Node;
  const include = INCLUDABLE[`${String(node['object'])}.${name}`];
  if (include && !(name in node)) node[name] = structuredClone(include(tx, node));
  if (typeof target !== 'object' || !(name in node)) throw notExpandable(path);
  node[name] = resolve(tx, name, node[name], path);
  walk(tx, node[name], rest, path);
}

function resolve(tx: Tx, name: string, value: unknown, path: string): unknown {
  const collection = REFERENCES[name];
  if (Array.isArray(value)) {
    return name === 'discounts' ? value.map((element) => resolve(tx, name, element, path)) : value;
  }
  if (typeof value === 'object') return value;
  if (!collection || typeof value !== 'string') throw notExpandable(path);
  return structuredClone(tx.need(collection, value, name, 'expand'));
}

function notExpandable(path: string) {
  return invalidRequest(`This property cannot be expanded (${path}).`, 'expand');
}
