import type { MigrationInterface, QueryRunner } from 'typeorm';

const TENANT_TABLES = ['operations', 'snapshots', 'instance_disks', 'instance_addresses'];

const TABLES = `
create table operations (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  subscription_id uuid not null,
  instance_id uuid not null,
  kind text not null,
  request jsonb not null,
  state text not null default 'accepted' check (state in ('accepted', 'running', 'done', 'failed')),
  failure jsonb,
  result jsonb,
  sealed_link text,
  link_expires_at timestamptz,
  call_sent_at timestamptz,
  call_accepted_at timestamptz,
  asked_by_kind text not null,
  asked_by_id text not null,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  foreign key (tenant_id, subscription_id) references subscriptions (tenant_id, id),
  foreign key (tenant_id, instance_id) references instances (tenant_id, id)
);
create index operations_instance on operations (tenant_id, instance_id, id desc);
create table snapshots (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  instance_id uuid not null,
  key text not null,
  provider text not null,
  provider_ref text,
  origin text not null check (origin in ('manual', 'backup')),
  state text not null default 'pending' check (state in ('pending', 'complete', 'failed', 'deleted')),
  label text,
  size_bytes bigint,
  call_sent_at timestamptz,
  created_at timestamptz not null default now(),
  completed_at timestamptz,
  expires_at timestamptz,
  deleted_at timestamptz,
  foreign key (tenant_id, instance_id) references instances (tenant_id, id),
  unique (tenant_id, key)
);
create index snapshots_instance on snapshots (tenant_id, instance_id, id desc);
create index snapshots_expiry on snapshots (tenant_id, expires_at) where expires_at is not null and deleted_at is null;
create table instance_disks (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  instance_id uuid not null,
  key text not null,
  instance_ref text not null,
  provider_ref text,
  state text not null default 'adding' check (state in ('adding', 'attached', 'failed', 'removed')),
  size_gb integer not null,
  call_sent_at timestamptz,
  created_at timestamptz not null default now(),
  deleted_at timestamptz,
  foreign key (tenant_id, instance_id) references instances (tenant_id, id),
  unique (tenant_id, key)
);
create index instance_disks_instance on instance_disks (tenant_id, instance_id, id);
create table instance_addresses (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  instance_id uuid not null,
  instance_ref text not null,
  provider_ref text,
  state text not null default 'adding' check (state in ('adding', 'attached', 'failed', 'removed')),
  family integer not null check (family in (4, 6)),
  address text,
  known_before jsonb not null,
  call_sent_at timestamptz,
  created_at timestamptz not null default now(),
  deleted_at timestamptz,
  foreign key (tenant_id, instance_id) references instances (tenant_id, id)
);
create index instance_addresses_instance on instance_addresses (tenant_id, instance_id, id);
alter table instances add column display_name text, add column firewall jsonb;
`;

/** Who watches an order sees its operations move, and its servers with them. */
const ANNOUNCEMENTS = `
create trigger operations_announce after insert or update of state, failure on operations
  for each row execute function tenure_announce_timeline();
grant select, insert, update on operations, snapshots, instance_disks, instance_addresses to tenure_app;
`;

function wall(table: string): string {
  const own = `tenant_id = nullif(current_setting('tenure.tenant_id', true), '')::uuid`;
  return `alter table ${table} enable row level security;
    alter table ${table} force row level security;
    create policy own_tenant on ${table} to tenure_app using (${own}) with check (${own});`;
}

/** What is asked of one server, and what that leaves: snapshots, extra disks and addresses, a name, firewall rules. */
export class Operations0005 implements MigrationInterface {
  name = 'Operations1763600000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(ANNOUNCEMENTS);
    for (const table of TENANT_TABLES) await runner.query(wall(table));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table instances drop column display_name, drop column firewall');
    for (const table of [...TENANT_TABLES].reverse()) await runner.query(`drop table ${table}`);
  }
}
