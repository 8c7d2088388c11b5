import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Nobody's rows: an account at a provider is the installation's, whichever tenant's work it is. Only the function touches them.
 * Unlogged: after a crash the next second begins anew, and writing it all down would cost more than it is worth.
 */
const UP = `
create unlogged table provider_turns (provider text primary key, taken_until timestamptz not null);
alter table provider_turns enable row level security;
create function tenure_take_turns(wanted text, length_ms float8) returns float8
  language sql volatile security definer set search_path = public as $$
    insert into provider_turns as turns (provider, taken_until)
    values (wanted, clock_timestamp() + length_ms * interval '1 millisecond')
    on conflict (provider) do update set
      taken_until = greatest(turns.taken_until, clock_timestamp()) + length_ms * interval '1 millisecond'
    returning greatest(0, extract(epoch from taken_until - clock_timestamp()) * 1000 - length_ms)::float8
  $$;
revoke execute on function tenure_take_turns(text, float8) from public;
grant execute on function tenure_take_turns(text, float8) to tenure_app;
`;

/** Whose turn it is to call a provider. */
export class Turns0008 implements MigrationInterface {
  name = 'Turns1763600000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function tenure_take_turns(text, float8)');
    await runner.query('drop table provider_turns');
  }
}
