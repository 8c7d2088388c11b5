/** Another tenant with a server in the same account, as far as the reconciler looks. */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';

/** Its id. */
export async function addTenant(sql: pg.Pool, slug: string): Promise<string> {
  const id = randomUUID();
  await sql.query('insert into tenants (id, slug, name) values ($1, $2, $2)', [id, slug]);
  return id;
}

/** A running instance under the terms of the test catalogue's plan `patient`. */
export async function addInstance(
  sql: pg.Pool,
  tenantId: string,
  { key, ref, address }: { key: string; ref: string; address: string },
): Promise<void> {
  const [customer, plan, subscription] = [randomUUID(), randomUUID(), randomUUID()];
  await sql.query(
    `insert into customers (id, tenant_id, email, language) values ($1, $2, 'reseller@customer.example', 'en')`,
    [customer, tenantId],
  );
  await sql.query(
    `insert into plans (id, tenant_id, key, version, terms, terms_hash, on_sale)
     select $1, $2, key, 1, terms, terms_hash, true from plans where key = 'patient' and on_sale limit 1`,
    [plan, tenantId],
  );
  await sql.query(
    `insert into subscriptions (id, tenant_id, customer_id, plan_id, plan_key, plan_version, interval, currency, amount_minor,
       setup_fee_minor, quantity, region, provider, language, stage, checkout_expires_at)
     values ($1, $2, $3, $4, 'patient', 1, 'month', 'usd', 1000, 0, 1, 'fra', 'vultr', 'en', 'active', now())`,
    [subscription, tenantId, customer, plan],
  );
  await sql.query(
    `insert into instances (id, tenant_id, subscription_id, ordinal, generation, key, state, provider, provider_ref, hostname, region,
       address, protocol, port, username, secret, updated_at)
     values ($1, $2, $3, 1, 1, $4, 'active', 'vultr', $5, 'orphan-1', 'fra', $6, 'ssh', 22, 'root', 'x', now() - interval '1 minute')`,
    [randomUUID(), tenantId, subscription, key, ref, address],
  );
}
