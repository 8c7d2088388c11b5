/** Many customers at once, patient ones: they try again when something is down, as people and their browsers do. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CatalogView, CheckoutAnswer } from '../../schemas/api/shop.ts';
import { fromEdgeId } from '../../schemas/ids.ts';
import type { Attention, BillingStanding, Stage } from '../../schemas/subscriptions/lifecycle.ts';
import { CARDS, pay, type Order, type Wishes } from '../harness/buyer.ts';
import type { Tenure } from '../harness/tenure.ts';
import { writeDossiers } from './dossier.ts';

/** How a subscription stands in the database. */
export interface Standing {
  id: string;
  stage: Stage;
  attention: Attention | null;
  standing: BillingStanding;
  billingRef: string | null;
  quantity: number;
  dueAt: Date | null;
}

/** For a machine that is busy with other things, too: nothing here is about speed. */
const PATIENCE_MS = 180_000;
const LOOK_MS = 150;

/** Places an order; repeats it under its Idempotency-Key until it is accepted. */
export async function order(tenure: Tenure, wishes: Wishes = {}): Promise<Order> {
  const { planKey = 'vps', interval = 'month', currency = 'usd', quantity = 1 } = wishes;
  const email = wishes.email ?? `${randomUUID()}@customer.example`;
  const key = randomUUID();
  return patiently(`an order of ${planKey} is accepted`, async () => {
    const { data: catalog } = await tenure.http.get<CatalogView>('/v1/catalog');
    const plan = catalog.plans.find((one) => one.key === planKey);
    const price = plan?.prices.find((one) => one.interval === interval && one.currency === currency);
    if (!plan || !price) return undefined;
    const body = {
      ...{ planKey, planVersion: plan.version, interval, currency, region: 'fra', quantity },
      expectedTotalMinor: (price.amountMinor + price.setupFeeMinor) * quantity,
      ...{ language: 'en', name: 'Jürgen Groß', ...wishes, email },
    };
    const { status, data } = await tenure.http.post<CheckoutAnswer>('/v1/checkouts', body, {
      headers: { 'idempotency-key': key },
    });
    if (status !== 201) return undefined;
    const id = fromEdgeId('subscription', data.subscriptionId);
    return id === null ? undefined : { ...data, id, email };
  });
}

/** Orders and pays. */
export async function purchase(
  tenure: Tenure,
  wishes: Wishes = {},
  card: string = CARDS.good,
): Promise<Order> {
  const placed = await order(tenure, wishes);
  await patiently('the payment goes through', async () =>
    (await pay(placed, card)) === 303 ? true : undefined,
  );
  return placed;
}

/** `count` purchases side by side, after a first one that makes the plan's prices. */
export async function purchases(tenure: Tenure, count: number, wishes: Wishes = {}): Promise<Order[]> {
  const first = await purchase(tenure, wishes);
  return [first, ...(await Promise.all(Array.from({ length: count - 1 }, () => purchase(tenure, wishes))))];
}

/** Staff ask for something. Repeats until it is taken or refused; the HTTP status that ended it. */
export async function ask(
  tenure: Tenure,
  { subscriptionId }: Order,
  action: string,
  body: object = {},
): Promise<number> {
  const headers = { 'idempotency-key': randomUUID() };
  return patiently(`${action} of ${subscriptionId} is answered`, async () => {
    const url = `/v1/subscriptions/${subscriptionId}/${action}`;
    const { status, data } = await tenure.staff.post<{ reason?: string }>(url, body, { headers });
    const isUnderWay = data.reason === 'idempotency-key-in-use';
    return status < 500 && status !== 429 && !isUnderWay ? status : undefined;
  });
}

export const cancelNow = { when: 'now', reason: 'no longer needed' };

/** All subscriptions of this Tenure, or these. */
export async function standings(tenure: Tenure, orders?: readonly Order[]): Promise<Standing[]> {
  const { rows } = await tenure.sql.query<Standing>(
    `select id, stage, attention, billing_standing as standing, billing_ref as "billingRef", quantity,
       due_at as "dueAt" from subscriptions
     where $1::uuid[] is null or id = any($1) order by id`,
    [orders?.map(({ id }) => id) ?? null],
  );
  return rows;
}

/**
 * Waits until each order is as wanted. Tells when each got there, in ms from now.
 * @throws Error that names those that are not and how they stand.
 */
export async function untilAll(
  tenure: Tenure,
  orders: readonly Order[],
  wanted: Stage | ((standing: Standing) => boolean),
  timeoutMs = PATIENCE_MS,
): Promise<Map<string, number>> {
  const startedAt = performance.now();
  const isThere =
    typeof wanted === 'function'
      ? wanted
      : ({ stage, attention }: Standing) => stage === wanted && attention === null;
  const arrivals = new Map<string, number>();
  let missing: Standing[] = [];
  while (performance.now() - startedAt < timeoutMs) {
    const waiting = orders.filter(({ id }) => !arrivals.has(id));
    if (waiting.length === 0) return arrivals;
    // The database may be down just now.
    const found = await standings(tenure, waiting).catch(() => null);
    if (found) {
      for (const one of found.filter(isThere)) arrivals.set(one.id, performance.now() - startedAt);
      missing = found.filter((one) => !isThere(one));
    }
    await sleep(LOOK_MS);
  }
  const who = missing
    .slice(0, 5)
    .map(({ id, stage, attention }) => `${id} ${stage} ${attention?.message ?? ''}`);
  const files = await writeDossiers(
    tenure,
    missing.map(({ id }) => id),
  );
  throw new Error(
    `After ${timeoutMs} ms ${missing.length} of ${orders.length} are not as wanted: ${who.join('; ')}. See ${files.join(', ')}.`,
  );
}

/** Tries until it gives something; what it throws counts as nothing. */
export async function patiently<T>(what: string, tries: () => Promise<T | undefined>): Promise<T> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  let last: unknown;
  while (performance.now() < giveUpAt) {
    try {
      const found = await tries();
      if (found !== undefined) return found;
    } catch (error) {
      last = error;
    }
    await sleep(200);
  }
  throw new Error(`It did not happen in ${PATIENCE_MS} ms: ${what}.`, { cause: last });
}
