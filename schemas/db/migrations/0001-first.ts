import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tables that hold rows of one tenant each, under row-level security. */
const TENANT_TABLES = [
  'customers',
  'plans',
  'subscriptions',
  'instances',
  'credential_links',
  'timeline',
  'audit_events',
  'payment_events',
  'outbox',
  'mails',
  'api_keys',
  'idempotency_keys',
];

const TABLES = `
create table tenants (
  id uuid primary key,
  slug text not null unique,
  name text not null,
  parent_id uuid references tenants,
  created_at timestamptz not null default now()
);
create table customers (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  email text not null,
  name text,
  language text not null,
  payment_ref text,
  created_at timestamptz not null default now(),
  unique (tenant_id, id)
);
create table plans (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  key text not null,
  version integer not null,
  terms json not null,
  terms_hash text not null,
  on_sale boolean not null,
  created_at timestamptz not null default now(),
  unique (tenant_id, key, version),
  unique (tenant_id, id)
);
create unique index plans_on_sale on plans (tenant_id, key) where on_sale;
create table subscriptions (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  customer_id uuid not null,
  plan_id uuid not null,
  plan_key text not null,
  plan_version integer not null,
  interval text not null,
  currency text not null,
  amount_minor bigint not null check (amount_minor > 0),
  setup_fee_minor bigint not null check (setup_fee_minor >= 0),
  quantity integer not null check (quantity between 1 and 100),
  region text not null,
  provider text not null,
  language text not null,
  promotion_code text,
  stage text not null,
  attention jsonb,
  summary text not null default '',
  due_at timestamptz,
  cancel_at_period_end boolean not null default false,
  checkout_ref text,
  checkout_url text,
  checkout_expires_at timestamptz not null,
  billing_ref text,
  billing_standing text not null default 'unpaid',
  billing_version integer not null default 0,
  period_end timestamptz,
  ends_at_period_end boolean not null default false,
  paid_minor bigint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  foreign key (tenant_id, customer_id) references customers (tenant_id, id),
  foreign key (tenant_id, plan_id) references plans (tenant_id, id),
  unique (tenant_id, id)
);
create index subscriptions_newest on subscriptions (tenant_id, id desc);
create index subscriptions_stage on subscriptions (tenant_id, stage, id desc);
create unique index subscriptions_checkout on subscriptions (tenant_id, checkout_ref) where checkout_ref is not null;
create unique index subscriptions_billing on subscriptions (tenant_id, billing_ref) where billing_ref is not null;
create table instances (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  subscription_id uuid not null,
  ordinal integer not null,
  generation integer not null,
  key text not null,
  state text not null,
  provider text not null,
  provider_ref text,
  hostname text not null,
  region text not null,
  address text,
  protocol text not null,
  port integer not null,
  username text not null,
  secret text not null,
  pending_secret text,
  fingerprint text,
  create_started_at timestamptz,
  credentials_verified_at timestamptz,
  final_snapshot_ref text,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  foreign key (tenant_id, subscription_id) references subscriptions (tenant_id, id),
  unique (tenant_id, key),
  unique (tenant_id, subscription_id, ordinal, generation),
  unique (tenant_id, id)
);
create unique index instances_provider_ref on instances (tenant_id, provider, provider_ref) where provider_ref is not null;
create table credential_links (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  instance_id uuid not null,
  expires_at timestamptz not null,
  opened_at timestamptz,
  replaced_at timestamptz,
  created_at timestamptz not null default now(),
  foreign key (tenant_id, instance_id) references instances (tenant_id, id)
);
create index credential_links_instance on credential_links (tenant_id, instance_id);
create table timeline (
  seq bigint generated always as identity primary key,
  tenant_id uuid not null references tenants,
  subscription_id uuid not null,
  at timestamptz not null default now(),
  kind text not null,
  data jsonb not null default '{}',
  dedupe_key text not null,
  foreign key (tenant_id, subscription_id) references subscriptions (tenant_id, id),
  unique (tenant_id, dedupe_key)
);
create index timeline_subscription on timeline (tenant_id, subscription_id, seq);
create table audit_events (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  at timestamptz not null default now(),
  actor_kind text not null,
  actor_id text not null,
  action text not null,
  subject_kind text not null,
  subject_id text not null,
  data jsonb not null default '{}',
  dedupe_key text
);
create unique index audit_events_dedupe on audit_events (tenant_id, dedupe_key) where dedupe_key is not null;
create index audit_events_newest on audit_events (tenant_id, id desc);
create table payment_events (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  event_id text not null,
  type text not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null default now(),
  state text not null,
  subscription_id uuid,
  checkout_ref text,
  billing_ref text,
  detail text,
  unique (tenant_id, event_id)
);
create table outbox (
  id bigint generated always as identity primary key,
  tenant_id uuid not null,
  kind text not null,
  subject_id uuid not null,
  payload jsonb not null default '{}',
  created_at timestamptz not null default now(),
  available_at timestamptz not null default now(),
  attempts integer not null default 0,
  last_error text,
  delivered_at timestamptz
);
create index outbox_waiting on outbox (available_at, id) where delivered_at is null;
create table mails (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  key text not null,
  subscription_id uuid,
  template text not null,
  recipient text not null,
  language text not null,
  state text not null,
  message_id text not null,
  detail text,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  unique (tenant_id, key)
);
create table api_keys (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  name text not null,
  prefix text not null unique,
  hash text not null,
  scopes text[] not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz
);
create table idempotency_keys (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  scope text not null,
  key text not null,
  request_hash text not null,
  status integer,
  response jsonb,
  created_at timestamptz not null default now(),
  unique (tenant_id, scope, key)
);
`;

/** The only ways around a tenant's wall, each for one question asked before the tenant is known. */
const FUNCTIONS = `
create function tenure_tenant_by_slug(wanted text) returns table (id uuid, name text)
  language sql stable security definer set search_path = public
  as 'select id, name from tenants where slug = wanted';
create function tenure_api_key(wanted_prefix text)
  returns table (id uuid, tenant_id uuid, hash text, scopes text[], expires_at timestamptz, revoked_at timestamptz)
  language sql stable security definer set search_path = public
  as 'select id, tenant_id, hash, scopes, expires_at, revoked_at from api_keys where prefix = wanted_prefix';
create function tenure_announce_timeline() returns trigger language plpgsql
  as $$ begin perform pg_notify('tenure_orders', new.subscription_id::text); return null; end $$;
create trigger timeline_announce after insert on timeline for each row execute function tenure_announce_timeline();
create function tenure_announce_subscription() returns trigger language plpgsql
  as $$ begin perform pg_notify('tenure_orders', new.id::text); return null; end $$;
create trigger subscription_announce after update on subscriptions for each row
  when (old.stage is distinct from new.stage or old.attention is distinct from new.attention
    or old.due_at is distinct from new.due_at or old.checkout_url is distinct from new.checkout_url
    or old.cancel_at_period_end is distinct from new.cancel_at_period_end
    or old.billing_standing is distinct from new.billing_standing)
  execute function tenure_announce_subscription();
`;

const GRANTS = `
grant usage on schema public to tenure_app, tenure_gateway;
grant select, insert, update on customers, plans, subscriptions, instances, credential_links, payment_events, outbox, mails,
  api_keys, idempotency_keys to tenure_app;
grant delete on idempotency_keys to tenure_app;
grant select, insert on timeline, audit_events to tenure_app;
grant select on tenants to tenure_app;
grant insert, select, update on outbox to tenure_gateway;
grant delete on outbox to tenure_gateway;
grant insert, select on payment_events to tenure_gateway;
revoke execute on function tenure_tenant_by_slug(text), tenure_api_key(text) from public;
grant execute on function tenure_tenant_by_slug(text), tenure_api_key(text) to tenure_app;
alter table tenants enable row level security;
create policy own_tenant on tenants to tenure_app using (id = nullif(current_setting('tenure.tenant_id', true), '')::uuid);
-- The owner answers the questions above and makes the first key, also where it is no superuser.
do $$ begin execute format('create policy owner on api_keys to %I using (true) with check (true)', current_user); end $$;
create policy gateway on payment_events to tenure_gateway using (true) with check (true);
create policy gateway on outbox to tenure_gateway using (true) with check (true);
`;

function wall(table: string): string {
  const own = `tenant_id = nullif(current_setting('tenure.tenant_id', true), '')::uuid`;
  return `alter table ${table} enable row level security;
    alter table ${table} force row level security;
    create policy own_tenant on ${table} to tenure_app using (${own}) with check (${own});`;
}

/** The first schema: every table with its tenant, its wall and its trail. */
export class First0001 implements MigrationInterface {
  name = 'First1763600000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(FUNCTIONS);
    await runner.query(GRANTS);
    for (const table of TENANT_TABLES) await runner.query(wall(table));
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [...TENANT_TABLES].reverse()) await runner.query(`drop table ${table} cascade`);
    await runner.query('drop table tenants cascade');
    for (const fn of [
      'tenant_by_slug(text)',
      'api_key(text)',
      'announce_timeline()',
      'announce_subscription()',
    ]) {
      await runner.query(`drop function if exists tenure_${fn} cascade`);
    }
  }
}
