import type { MigrationInterface, QueryRunner } from 'typeorm';

const FUNCTIONS = `
-- Around the tenants' walls for one question: who has something running at a provider.
create function tenure_tenants_at(wanted_provider text) returns setof uuid
  language sql stable security definer set search_path = public
  as $$ select distinct tenant_id from instances where provider = wanted_provider and deleted_at is null $$;
revoke execute on function tenure_tenants_at(text) from public;
grant execute on function tenure_tenants_at(text) to tenure_app;
-- For the search of what is due: what the clock has asked for, newest first.
create index operations_by_clock on operations (tenant_id, instance_id, created_at desc)
  where kind = 'take-snapshot' and asked_by_kind = 'system';
`;

/** Backups by the clock. */
export class Backups0010 implements MigrationInterface {
  name = 'Backups1763600000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(FUNCTIONS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index operations_by_clock; drop function tenure_tenants_at(text)');
  }
}
