import type { MigrationInterface, QueryRunner } from 'typeorm';

const TENANT_TABLES = ['images', 'first_boots'];

const TABLES = `
create table images (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  key text not null,
  version integer not null,
  content json not null,
  content_hash text not null,
  created_at timestamptz not null default now(),
  unique (tenant_id, key, version)
);
create table first_boots (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  instance_id uuid not null,
  occasion text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  reported_at timestamptz,
  status text check (status in ('ok', 'failed')),
  stage text,
  log text,
  services_answered_at timestamptz,
  foreign key (tenant_id, instance_id) references instances (tenant_id, id),
  unique (tenant_id, instance_id, occasion),
  check ((reported_at is null) = (status is null))
);
grant select, insert on images to tenure_app;
grant select, insert, update on first_boots to tenure_app;
`;

function wall(table: string): string {
  const own = `tenant_id = nullif(current_setting('tenure.tenant_id', true), '')::uuid`;
  return `alter table ${table} enable row level security;
    alter table ${table} force row level security;
    create policy own_tenant on ${table} to tenure_app using (${own}) with check (${own});`;
}

/** Images in versions that never change, and what the first boots of instances have reported. */
export class Images0006 implements MigrationInterface {
  name = 'Images1763600000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    for (const table of TENANT_TABLES) await runner.query(wall(table));
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [...TENANT_TABLES].reverse()) await runner.query(`drop table ${table}`);
  }
}
