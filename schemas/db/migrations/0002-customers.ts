import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Customers as staff look for them: newest first, and by address. */
export class Customers0002 implements MigrationInterface {
  name = 'Customers1763600000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create index customers_newest on customers (tenant_id, id desc)');
    await runner.query('create index customers_email on customers (tenant_id, lower(email), id desc)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index customers_email, customers_newest');
  }
}
