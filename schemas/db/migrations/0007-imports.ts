import type { MigrationInterface, QueryRunner } from 'typeorm';

const TENANT_TABLES = ['imports', 'import_entries'];

const TABLES = `
create table imports (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  dry_run boolean not null,
  tell_customers boolean not null,
  state text not null default 'waiting' check (state in ('waiting', 'checking', 'writing', 'done', 'failed')),
  failure text,
  asked_by text not null,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (tenant_id, id)
);
create table import_entries (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  import_id uuid not null,
  position integer not null,
  provider text not null,
  provider_ref text not null,
  billing_ref text,
  request jsonb not null,
  secret text,
  state text not null default 'waiting' check (state in ('waiting', 'ready', 'refused', 'unchanged', 'imported')),
  seen jsonb,
  billed jsonb,
  credentials text,
  fingerprint text,
  problems jsonb not null default '[]',
  differences jsonb not null default '[]',
  subscription_id uuid not null,
  instance_id uuid not null,
  foreign key (tenant_id, import_id) references imports (tenant_id, id),
  unique (tenant_id, import_id, position)
);
alter table instances add column adopted_ref text;
alter table instances add column adopted_name text;
alter table instances add column credentials_unknown boolean not null default false;
alter table subscriptions add column imported jsonb;
alter table subscriptions add column billed_elsewhere text check (billed_elsewhere in ('running', 'ending', 'ended'));
alter table subscriptions add column billed_price jsonb;
-- A reference belongs to one living instance; of what is deleted it may come back, or be taken over by another subscription.
drop index instances_provider_ref;
create unique index instances_provider_ref on instances (tenant_id, provider, provider_ref)
  where provider_ref is not null and deleted_at is null;
`;

const FUNCTIONS = `
-- Around the tenants' walls for one question: each tenant gets those sightings of one reading that are about instances of its own, and
-- nothing else. Answers which other tenants have something at the provider.
create function tenure_share_sightings(wanted_provider text, wanted_reading text) returns setof uuid
  language sql volatile security definer set search_path = public
  as $$
    with mine as (
      select *, regexp_replace(key, '-(final|orphan|snap-[0-9a-f]{12})$', '') as owner_key from sightings
      where tenant_id = nullif(current_setting('tenure.tenant_id', true), '')::uuid
        and provider = wanted_provider and reading = wanted_reading
    ), others as (
      select tenant_id, key, provider_ref, deleted_at from instances
      where provider = wanted_provider and tenant_id <> nullif(current_setting('tenure.tenant_id', true), '')::uuid
    ), theirs as (
      select o.tenant_id, m.kind, m.ref from mine m join others o on m.kind = 'instance' and o.provider_ref = m.ref
      union select o.tenant_id, m.kind, m.ref from mine m join others o on o.key = m.owner_key
    ), shared as (
      insert into sightings (tenant_id, provider, kind, ref, reading, key, state, address, region, name, first_name, size, made_at)
      select t.tenant_id, m.provider, m.kind, m.ref, m.reading, m.key, m.state, m.address, m.region, m.name, m.first_name, m.size, m.made_at
      from mine m join theirs t on t.kind = m.kind and t.ref = m.ref
      on conflict (tenant_id, provider, kind, ref) do update set reading = excluded.reading, key = excluded.key, state = excluded.state,
        address = excluded.address, region = excluded.region, name = excluded.name, size = excluded.size, made_at = excluded.made_at,
        first_name = coalesce(sightings.first_name, excluded.first_name), seen_at = now()
    )
    select tenant_id from theirs union select tenant_id from others where deleted_at is null
  $$;
revoke execute on function tenure_share_sightings(text, text) from public;
grant execute on function tenure_share_sightings(text, text) to tenure_app;
do $$ begin execute format('create policy owner on sightings to %I using (true) with check (true)', current_user); end $$;
`;

const GRANTS = `
grant select, insert, update on imports, import_entries to tenure_app;
`;

function wall(table: string): string {
  const own = `tenant_id = nullif(current_setting('tenure.tenant_id', true), '')::uuid`;
  return `alter table ${table} enable row level security;
    alter table ${table} force row level security;
    create policy own_tenant on ${table} to tenure_app using (${own}) with check (${own});`;
}

/** Servers that are taken over as they run, what is billed elsewhere, and providers' accounts that several tenants share. */
export class Imports0007 implements MigrationInterface {
  name = 'Imports1763600000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(FUNCTIONS);
    await runner.query(GRANTS);
    for (const table of TENANT_TABLES) await runner.query(wall(table));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function tenure_share_sightings(text, text)');
    await runner.query('drop policy owner on sightings');
    for (const table of [...TENANT_TABLES].reverse()) await runner.query(`drop table ${table}`);
    await runner.query(`drop index instances_provider_ref;
      create unique index instances_provider_ref on instances (tenant_id, provider, provider_ref) where provider_ref is not null;
      alter table instances drop column adopted_ref;
      alter table instances drop column adopted_name;
      alter table instances drop column credentials_unknown;
      alter table subscriptions drop column imported;
      alter table subscriptions drop column billed_elsewhere;
      alter table subscriptions drop column billed_price`);
  }
}
