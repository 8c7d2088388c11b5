import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A change of plan under way, written before the payment provider or a server is asked. */
export class PlanChanges0009 implements MigrationInterface {
  name = 'PlanChanges1763600000009';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table subscriptions add column pending_change jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table subscriptions drop column pending_change');
  }
}
