/** Rows for tests that need a subscription without buying one. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { parse } from 'yaml';
import { Catalog } from '../../schemas/catalog/plan.ts';
import { findTenant, FIRST_TENANT_SLUG, withTenant } from '../../schemas/db/tenancy.ts';

export interface SeededSubscription {
  tenantId: string;
  customerId: string;
  subscriptionId: string;
}

/** The plans of the test catalogue. */
export function testPlans(): Catalog['plans'] {
  const text = readFileSync(path.join(import.meta.dirname, 'catalog.yaml'), 'utf8');
  return Catalog.parse(parse(text, { merge: true })).plans;
}

/** A subscription awaiting payment, under a plan of the test catalogue. */
export async function seedSubscription(
  db: DataSource,
  {
    planKey = 'vps',
    quantity = 1,
    language = 'en',
    tenantId,
  }: {
    planKey?: string;
    quantity?: number;
    language?: string;
    /** The first tenant by default. */
    tenantId?: string;
  } = {},
): Promise<SeededSubscription> {
  const terms = testPlans().find(({ key }) => key === planKey);
  const tenant = { id: tenantId ?? (await findTenant(db, FIRST_TENANT_SLUG)).id };
  const [customerId, planId, subscriptionId] = [uuidv7(), uuidv7(), uuidv7()];
  await withTenant(db, tenant.id, async (tx) => {
    await tx.query(
      'insert into customers (id, tenant_id, email, name, language) values ($1, $2, $3, $4, $5)',
      [customerId, tenant.id, `${customerId}@customer.example`, 'Jürgen Groß', language],
    );
    const version = Number.parseInt(planId.slice(-7), 16);
    await tx.query(
      `insert into plans (id, tenant_id, key, version, terms, terms_hash, on_sale) values ($1, $2, $3, $4, $5, 'x', false)`,
      [planId, tenant.id, planKey, version, JSON.stringify(terms)],
    );
    await tx.query(
      `insert into subscriptions (id, tenant_id, customer_id, plan_id, plan_key, plan_version, interval, currency, amount_minor,
         setup_fee_minor, quantity, region, provider, language, stage, checkout_expires_at)
       values ($1, $2, $3, $4, $5, $6, 'month', 'usd', 1000, 500, $7, 'fra', 'vultr', $8, 'awaiting-payment', now() + interval '1 hour')`,
      [subscriptionId, tenant.id, customerId, planId, planKey, version, quantity, language],
    );
  });
  return { tenantId: tenant.id, customerId, subscriptionId };
}
