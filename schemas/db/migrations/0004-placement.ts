import type { MigrationInterface, QueryRunner } from 'typeorm';

const OWN = `tenant_id = nullif(current_setting('tenure.tenant_id', true), '')::uuid`;

const UP = `
create table provider_states (
  tenant_id uuid not null references tenants,
  provider text not null,
  draining boolean not null default false,
  breaker text not null default 'closed' check (breaker in ('closed', 'open', 'half-open')),
  breaker_at timestamptz,
  primary key (tenant_id, provider)
);
alter table provider_states enable row level security;
alter table provider_states force row level security;
create policy own_tenant on provider_states to tenure_app using (${OWN}) with check (${OWN});
grant select, insert, update on provider_states to tenure_app;
alter table instances add column placement_reason text;
`;

/** What keeps a provider from getting new instances, and why each instance is where it is. */
export class Placement0004 implements MigrationInterface {
  name = 'Placement1763600000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table instances drop column placement_reason');
    await runner.query('drop table provider_states');
  }
}
