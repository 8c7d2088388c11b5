/** A customer for tests: buys through the API, pays on the hosted page, and looks at what arrives. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import axios from 'axios';
import type { CaughtMessage } from '../../deploy/sandbox/mail/store.ts';
import type {
  CatalogView,
  CheckoutAnswer,
  CheckoutRequest,
  CredentialsView,
  OrderView,
} from '../../schemas/api/shop.ts';
import type { SubscriptionView } from '../../schemas/api/staff.ts';
import { fromEdgeId } from '../../schemas/ids.ts';
import { type SubscriptionStatus } from '../../schemas/subscriptions/lifecycle.ts';
import type { Tenure } from './tenure.ts';

export const CARDS = {
  good: '4242424242424242',
  declined: '4000000000000002',
  /** Pays now; the next charge fails. */
  failsLater: '4000000000000341',
} as const;

export interface Order extends CheckoutAnswer {
  /** Bare UUID. */
  id: string;
  email: string;
}

export type Wishes = Partial<CheckoutRequest>;

/** Opens a checkout for a plan of the test catalogue. */
export async function placeOrder(tenure: Tenure, wishes: Wishes = {}): Promise<Order> {
  const { planKey = 'vps', interval = 'month', currency = 'usd', quantity = 1 } = wishes;
  const email = wishes.email ?? `${randomUUID()}@customer.example`;
  const { data: catalog } = await tenure.http.get<CatalogView>('/v1/catalog');
  const plan = catalog.plans.find(({ key }) => key === planKey);
  const price = plan?.prices.find((one) => one.interval === interval && one.currency === currency);
  assert.ok(plan && price, `${planKey} is not sold by the ${interval} in ${currency}`);
  const answer = await tenure.http.post<CheckoutAnswer>('/v1/checkouts', {
    planKey,
    planVersion: plan.version,
    interval,
    currency,
    region: 'fra',
    quantity,
    expectedTotalMinor: (price.amountMinor + price.setupFeeMinor) * quantity,
    language: 'en',
    name: 'Jürgen Groß',
    ...wishes,
    email,
  });
  assert.equal(answer.status, 201, JSON.stringify(answer.data));
  const id = fromEdgeId('subscription', answer.data.subscriptionId);
  assert.ok(id);
  return { ...answer.data, id, email };
}

/** Pays on the hosted page as a browser would. Returns the page's HTTP status (303 when it worked). */
export async function pay(order: { paymentUrl: string }, card: string = CARDS.good): Promise<number> {
  const form = new URLSearchParams({
    method: 'card',
    card_number: card,
    card_expiry: '12 / 34',
    card_cvc: '123',
    card_name: 'Jürgen Groß',
    line1: 'Hauptstr. 1',
    postal_code: '10115',
    city: 'Berlin',
    country: 'DE',
  });
  const { status } = await axios.post(order.paymentUrl, form, {
    maxRedirects: 0,
    validateStatus: () => true,
  });
  return status;
}

/** Orders and pays. */
export async function buy(tenure: Tenure, wishes: Wishes = {}, card: string = CARDS.good): Promise<Order> {
  const order = await placeOrder(tenure, wishes);
  assert.equal(await pay(order, card), 303);
  return order;
}

/** Asks again until `look` gives something. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | null | false>,
  timeoutMs = 30_000,
): Promise<T> {
  const giveUpAt = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (Date.now() > giveUpAt) throw new Error(`It did not happen in ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

export async function viewOrder(tenure: Tenure, order: Order): Promise<OrderView> {
  const { data, status } = await tenure.http.get<OrderView>(`/v1/orders/${order.orderToken}`);
  assert.equal(status, 200, JSON.stringify(data));
  return data;
}

export async function viewSubscription(tenure: Tenure, order: Order): Promise<SubscriptionView> {
  const { data, status } = await tenure.staff.get<SubscriptionView>(
    `/v1/subscriptions/${order.subscriptionId}`,
  );
  assert.equal(status, 200, JSON.stringify(data));
  return data;
}

/** Waits until the order is at a stage (and not in attention). */
export async function reach(
  tenure: Tenure,
  order: Order,
  stage: SubscriptionStatus['stage'],
  timeoutMs?: number,
): Promise<SubscriptionView> {
  return eventually(
    `${order.subscriptionId} becomes ${stage}`,
    async () => {
      const view = await viewSubscription(tenure, order);
      return view.stage === stage && view.attention === null ? view : null;
    },
    timeoutMs,
  );
}

export async function reachAttention(
  tenure: Tenure,
  order: Order,
  timeoutMs?: number,
): Promise<SubscriptionView> {
  return eventually(
    `${order.subscriptionId} needs attention`,
    async () => {
      const view = await viewSubscription(tenure, order);
      return view.attention === null ? null : view;
    },
    timeoutMs,
  );
}

/** All mail to an address, newest first. */
export async function mailsTo(tenure: Tenure, address: string): Promise<CaughtMessage[]> {
  const { data } = await axios.get<{ messages: CaughtMessage[] }>(`${tenure.mail.url}/api/messages`, {
    params: { to: address },
  });
  return data.messages;
}

/** One mail with its text, found by its subject. */
export async function mailAbout(tenure: Tenure, address: string, subject: RegExp): Promise<CaughtMessage> {
  const { id } = await eventually(`a mail about ${subject.source} to ${address}`, async () =>
    (await mailsTo(tenure, address)).find((mail) => subject.test(mail.subject)),
  );
  const { data } = await axios.get<CaughtMessage>(`${tenure.mail.url}/api/messages/${id}`);
  return data;
}

/** The one-time links in a mail. */
export function credentialTokens(mail: CaughtMessage): string[] {
  const found = mail.text.matchAll(/\/credentials\/([A-Za-z0-9_-]+)/g);
  return [...new Set([...found].map((match) => match[1] ?? ''))];
}

export async function reveal(tenure: Tenure, token: string): Promise<CredentialsView> {
  const { data, status } = await tenure.http.post<CredentialsView>(`/v1/credentials/${token}/reveal`, {});
  assert.equal(status, 200, JSON.stringify(data));
  return data;
}

/** The workflow's history length. */
export async function historyLength(tenure: Tenure, order: Order): Promise<number> {
  const { historyLength: length } = await tenure.temporal.workflow
    .getHandle(`subscription/${order.subscriptionId}`)
    .describe();
  return length;
}
