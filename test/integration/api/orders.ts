/** Orders for API tests. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { CatalogView, CheckoutAnswer, CheckoutRequest } from '../../../schemas/api/shop.ts';
import { signToken } from '../../../schemas/crypto/tokens.ts';
import { fromEdgeId, instanceKey } from '../../../schemas/ids.ts';
import type { Stage } from '../../../schemas/subscriptions/lifecycle.ts';
import type { Shop } from './shop.ts';

/** A request that the test catalogue's "vps" fits; version 1 until a test publishes another. */
export function checkoutRequest(changes: Partial<CheckoutRequest> = {}): CheckoutRequest {
  const { quantity = 1 } = changes;
  return {
    planKey: 'vps',
    planVersion: 1,
    interval: 'month',
    currency: 'usd',
    region: 'fra',
    quantity,
    expectedTotalMinor: 1_500 * quantity,
    email: `${randomUUID()}@customer.example`,
    name: 'Jürgen Groß',
    language: 'de',
    ...changes,
  };
}

export interface PlacedOrder extends CheckoutAnswer {
  /** Bare UUID. */
  id: string;
}

export async function placeOrder(shop: Shop, changes: Partial<CheckoutRequest> = {}): Promise<PlacedOrder> {
  const { status, data } = await shop.http.post<CheckoutAnswer>('/v1/checkouts', checkoutRequest(changes));
  assert.equal(status, 201, JSON.stringify(data));
  const id = fromEdgeId('subscription', data.subscriptionId);
  assert.ok(id);
  return { ...data, id };
}

/** Puts an order where a test needs it, as its workflow would have. */
export async function putAt(
  shop: Shop,
  order: PlacedOrder,
  stage: Stage,
  more: { attention?: object | null; dueAt?: Date | null; cancelAtPeriodEnd?: boolean } = {},
): Promise<void> {
  await shop.sql.query(
    'update subscriptions set stage = $2, attention = $3, due_at = $4, cancel_at_period_end = $5 where id = $1',
    [
      order.id,
      stage,
      more.attention ? JSON.stringify(more.attention) : null,
      more.dueAt ?? null,
      more.cancelAtPeriodEnd ?? false,
    ],
  );
}

export const PASSWORD = 'Sehr-geheim-123';

/** A handed-over instance of an order, with a one-time link to its credentials. */
export async function handOver(
  shop: Shop,
  order: PlacedOrder,
  { expiresInMs = 3_600_000, ordinal = 1 }: { expiresInMs?: number; ordinal?: number } = {},
): Promise<{ instanceId: string; linkId: string; token: string }> {
  const { tenant, secretBox, config } = shop.deps;
  const [instanceId, linkId] = [uuidv7(), uuidv7()];
  await shop.sql.query(
    `insert into instances (id, tenant_id, subscription_id, ordinal, generation, key, state, provider, provider_ref, hostname, region,
       address, protocol, port, username, secret, fingerprint)
     values ($1, $2, $3, $4, 1, $5, 'active', 'vultr', $6, $7, 'fra', '203.0.113.7', 'ssh', 22, 'root', $8, 'SHA256:abc')`,
    [
      instanceId,
      tenant.id,
      order.id,
      ordinal,
      instanceKey(order.id, ordinal, 1),
      `ref-${instanceId}`,
      `vps-${ordinal}`,
      secretBox.seal(PASSWORD, `instance/${instanceId}`),
    ],
  );
  await shop.sql.query(
    'insert into credential_links (id, tenant_id, instance_id, expires_at) values ($1, $2, $3, $4)',
    [linkId, tenant.id, instanceId, new Date(Date.now() + expiresInMs)],
  );
  return { instanceId, linkId, token: signToken(config.TOKEN_SECRET, 'credentials', tenant.id, linkId) };
}

export async function catalogOf(shop: Shop): Promise<CatalogView> {
  const { data } = await shop.http.get<CatalogView>('/v1/catalog');
  return data;
}

/** How many rows match, seen as superuser. */
export async function count(
  shop: Shop,
  table: string,
  where = 'true',
  values: unknown[] = [],
): Promise<number> {
  const { rows } = await shop.sql.query<{ n: number }>(
    `select count(*)::int as n from ${table} where ${where}`,
    values,
  );
  return rows[0]?.n ?? -1;
}

const WRITTEN_TABLES = [
  'customers',
  'subscriptions',
  'timeline',
  'audit_events',
  'outbox',
  'payment_events',
  'plans',
  'api_keys',
];

/** The number of rows of every table that a request could write to; equal before and after means that it changed nothing. */
export async function snapshot(shop: Shop): Promise<Record<string, number>> {
  const entries: [string, number][] = [];
  for (const table of WRITTEN_TABLES) entries.push([table, await count(shop, table)]);
  return Object.fromEntries(entries);
}
