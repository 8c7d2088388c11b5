/** A change of a running subscription: other prices or quantities, and what that costs until the period ends. */
import { invalidRequest } from '../wire/errors.ts';
import { mergeMetadata } from '../wire/params.ts';
import type { Price } from '../objects/catalog.ts';
import type { InvoiceItem } from '../objects/invoice-item.ts';
import type { Invoice } from '../objects/invoice.ts';
import type { Subscription, SubscriptionItem } from '../objects/subscription.ts';
import type { Tx } from '../world/tx.ts';
import { draft, issue, pendingItems } from './invoices.ts';
import { prorationLine, recurringLines } from './lines.ts';
import { prorationsOf, type Wanted } from './prorations.ts';

export interface ItemChanges {
  items?: { id: string; price?: string; quantity?: number; metadata?: Record<string, string> }[];
  proration_behavior?: 'always_invoice' | 'create_prorations' | 'none';
  proration_date?: number;
}

/**
 * Changes the items as the request says.
 *
 * @param before gets what they were, for the event.
 * @returns the invoice that is to be collected now, or `null` if the next one takes it up.
 * @throws ApiError 400
 */
export function changeItems(
  tx: Tx,
  subscription: Subscription,
  change: ItemChanges,
  before: Record<string, unknown>,
): Invoice | null {
  before['items'] = structuredClone(subscription.items);
  const made = applied(tx, subscription, change);
  for (const item of made) {
    tx.put('invoiceItems', item.id, item);
    tx.emit('invoiceitem.created', item);
  }
  if (change.proration_behavior !== 'always_invoice' || made.length === 0) return null;
  return issue(tx, subscription.id, { reason: 'subscription_update', lines: [] });
}

/** The invoice that a change would bring: at once, or with the next period. Nothing is kept. */
export function previewOf(tx: Tx, current: Readonly<Subscription>, change: ItemChanges): object {
  const subscription = structuredClone(current) as Subscription;
  const made = applied(tx, subscription, change);
  const now = change.proration_behavior === 'always_invoice' && made.length > 0;
  const prorations = [...pendingItems(tx, subscription.id), ...made].map((item) => prorationLine(tx, item));
  const lines = now ? prorations : [...prorations, ...recurringLines(tx, afterPeriod(subscription))];
  const reason = now ? 'subscription_update' : 'upcoming';
  const { id, ...invoice } = draft(tx, subscription, { reason, lines }, null);
  return { id: `upcoming_${id}`, ...invoice };
}

/** Only the lines' periods: what they cost is the same. */
function afterPeriod(subscription: Subscription): Subscription {
  const next = structuredClone(subscription);
  for (const item of next.items.data) {
    const length = item.current_period_end - item.current_period_start;
    item.current_period_start = item.current_period_end;
    item.current_period_end += length;
  }
  return next;
}

/** Puts the change into the subscription; the answer is what it costs, unless that is not asked for. */
function applied(tx: Tx, subscription: Subscription, change: ItemChanges): InvoiceItem[] {
  const { items = [], proration_behavior: behavior = 'create_prorations', proration_date: given } = change;
  const at = given ?? tx.now;
  return items.flatMap((wish, index) => {
    const item = subscription.items.data.find(({ id }) => id === wish.id);
    if (!item) {
      throw invalidRequest(
        `No such subscription_item: '${wish.id}'`,
        `items[${index}][id]`,
        'resource_missing',
      );
    }
    checkDate(item, at);
    const price = wish.price === undefined ? item.price : priceFor(tx, item, wish.price, index);
    const to: Wanted = { price, quantity: wish.quantity ?? item.quantity };
    const isSame = to.price.id === item.price.id && to.quantity === item.quantity;
    const made = behavior === 'none' || isSame ? [] : prorationsOf(tx, subscription, { item, to, at });
    Object.assign(item, to, { metadata: mergeMetadata(item.metadata, wish.metadata) });
    return made;
  });
}

function checkDate(item: SubscriptionItem, at: number): void {
  if (at >= item.current_period_start && at <= item.current_period_end) return;
  throw invalidRequest(
    'Cannot specify `proration_date` outside of the current billing period.',
    'proration_date',
  );
}

/** A price that a subscription can have. @throws ApiError 400 naming `param` */
export function recurringPrice(tx: Tx, id: string, param: string): Price {
  const price = tx.need('prices', id, 'price', param);
  if (!price.recurring)
    throw invalidRequest(`The price ${id} is charged once; a subscription needs a recurring one.`, param);
  if (!price.active)
    throw invalidRequest('The price specified is inactive. This field only accepts active prices.', param);
  return price;
}

function priceFor(tx: Tx, item: SubscriptionItem, id: string, index: number): Price {
  const param = `items[${index}][price]`;
  const price = recurringPrice(tx, id, param);
  if (price.currency !== item.price.currency) {
    throw invalidRequest(
      `The price specified only supports \`${price.currency}\`. This doesn't match the expected currency: \`${item.price.currency}\`.`,
      param,
    );
  }
  const { interval, interval_count: count } = price.recurring ?? {};
  if (interval !== item.price.recurring?.interval || count !== item.price.recurring?.interval_count) {
    throw invalidRequest('The sandbox does not change the billing interval.', param);
  }
  return price;
}
