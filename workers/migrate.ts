/** `npm run migrate`: brings the database to the newest schema. */
import { ConfigError, loadConfig } from '../schemas/config.ts';
import { migrate } from '../schemas/db/migrate.ts';

async function main(): Promise<void> {
  const config = loadConfig();
  if (config.ADMIN_DATABASE_URL === undefined) {
    throw new ConfigError('ADMIN_DATABASE_URL: is not set (Postgres, as the owner; only for migrations)');
  }
  const run = await migrate({
    adminUrl: config.ADMIN_DATABASE_URL,
    appUrl: config.DATABASE_URL,
    gatewayUrl: config.GATEWAY_DATABASE_URL,
    tenantName: config.TENANT_NAME,
    bootstrapApiKey: config.BOOTSTRAP_API_KEY,
  });
  process.stdout.write(run.length === 0 ? 'The schema is up to date.\n' : `Migrated: ${run.join(', ')}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
