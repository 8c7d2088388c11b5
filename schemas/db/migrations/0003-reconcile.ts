import type { MigrationInterface, QueryRunner } from 'typeorm';

const TENANT_TABLES = ['passes', 'sightings', 'findings', 'capacity_samples'];

const TABLES = `
create table passes (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  provider text not null,
  started_at timestamptz not null default now(),
  reading text,
  reading_started_at timestamptz,
  finished_at timestamptz,
  report jsonb,
  failure text
);
create index passes_newest on passes (tenant_id, provider, started_at desc);
create table sightings (
  tenant_id uuid not null references tenants,
  provider text not null,
  kind text not null check (kind in ('instance', 'snapshot')),
  ref text not null,
  reading text not null,
  key text,
  state text not null,
  address text,
  region text,
  name text,
  first_name text,
  size text,
  made_at timestamptz,
  first_seen_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  primary key (tenant_id, provider, kind, ref)
);
create table findings (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  provider text not null,
  kind text not null,
  ref text not null,
  key text,
  instance_id uuid,
  state text not null check (state in ('open', 'mended', 'removed', 'ignored')),
  expected text,
  seen text,
  detail text,
  sightings integer not null default 1,
  reading text not null,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  told_at timestamptz,
  removal_asked_by text,
  closed_at timestamptz,
  foreign key (tenant_id, instance_id) references instances (tenant_id, id)
);
create unique index findings_current on findings (tenant_id, provider, kind, ref) where state in ('open', 'ignored');
create index findings_newest on findings (tenant_id, id desc);
create index findings_state on findings (tenant_id, state, id desc);
create table capacity_samples (
  tenant_id uuid not null references tenants,
  provider text not null,
  part text not null,
  measure text not null,
  at timestamptz not null,
  open boolean not null,
  used double precision,
  total double precision,
  primary key (tenant_id, provider, part, measure, at)
);
create index instances_key on instances (key);
create index instances_ref on instances (provider, provider_ref) where provider_ref is not null;
`;

const FUNCTIONS = `
-- Time-ordered ids (RFC 9562, version 7) for rows that are made by the thousand in one statement.
create function tenure_uuid7() returns uuid language sql volatile
  as $$ select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid $$;
-- Around a tenant's wall for one question: whether a resource belongs to somebody else, and so is no orphan.
create function tenure_is_elsewhere(wanted_provider text, wanted_ref text, wanted_key text) returns boolean
  language sql stable security definer set search_path = public
  as $$ select exists (select 1 from instances where tenant_id is distinct from nullif(current_setting('tenure.tenant_id', true), '')::uuid
    and (key = wanted_key or (provider = wanted_provider and provider_ref = wanted_ref))) $$;
revoke execute on function tenure_is_elsewhere(text, text, text) from public;
grant execute on function tenure_is_elsewhere(text, text, text) to tenure_app;
do $$ begin execute format('create policy owner on instances for select to %I using (true)', current_user); end $$;
`;

const GRANTS = `
grant select, insert, update on passes, sightings, findings, capacity_samples to tenure_app;
grant delete on passes, sightings, capacity_samples to tenure_app;
`;

function wall(table: string): string {
  const own = `tenant_id = nullif(current_setting('tenure.tenant_id', true), '')::uuid`;
  return `alter table ${table} enable row level security;
    alter table ${table} force row level security;
    create policy own_tenant on ${table} to tenure_app using (${own}) with check (${own});`;
}

/** What providers were seen to have, and what about it does not fit. */
export class Reconcile0003 implements MigrationInterface {
  name = 'Reconcile1763600000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(FUNCTIONS);
    await runner.query(GRANTS);
    for (const table of TENANT_TABLES) await runner.query(wall(table));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop policy owner on instances');
    await runner.query('drop function tenure_is_elsewhere(text, text, text)');
    for (const table of [...TENANT_TABLES].reverse()) await runner.query(`drop table ${table}`);
    await runner.query('drop function tenure_uuid7()');
    await runner.query('drop index instances_key; drop index instances_ref');
  }
}
