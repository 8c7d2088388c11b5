/** `npm run migrate`: brings the database to the newest schema, with its roles and its first tenant. Safe to repeat. */
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { SCOPES } from '../api/staff.ts';
import { apiKeyParts } from '../crypto/api-keys.ts';
import { createDataSource } from './data-source.ts';
import { FIRST_TENANT_SLUG } from './tenancy.ts';

export interface MigrateOptions {
  /** As the owner; may create roles unless they exist. */
  adminUrl: string;
  /** The application's URL: its user becomes a member of `tenure_app`. */
  appUrl: string;
  /** The gateway's URL: its user becomes a member of `tenure_gateway`. */
  gatewayUrl: string;
  tenantName: string;
  /** An API key with every scope, also later ones, for the first tenant ("tnr_<8>_<secret>"), for automation. */
  bootstrapApiKey?: string | undefined;
}

/** Postgres's code for a password that is not the role's. */
const INVALID_PASSWORD = '28P01';

// Any number does; it keeps two migrating processes apart.
const MIGRATION_LOCK = 7_403_112;
/** A new index over a large table. */
const LONGEST_STATEMENT_MS = 3_600_000;

/** Migrates. Returns the names of the migrations that were run. @throws the driver's error if something fails. */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const client = new pg.Client({ connectionString: options.adminUrl });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await ensureRole(client, { group: 'tenure_app', loginUrl: options.appUrl, options });
    await ensureRole(client, { group: 'tenure_gateway', loginUrl: options.gatewayUrl, options });
    const run = await runMigrations(options.adminUrl);
    await seed(client, options);
    return run;
  } finally {
    await client.end();
  }
}

async function runMigrations(adminUrl: string): Promise<string[]> {
  const db = createDataSource({
    ...{ url: adminUrl, poolSize: 1, applicationName: 'tenure-migrate' },
    silentMs: LONGEST_STATEMENT_MS,
  });
  await db.initialize();
  try {
    const done = await db.runMigrations({ transaction: 'each' });
    return done.map((migration) => migration.name);
  } finally {
    await db.destroy();
  }
}

interface LoginToEnsure {
  group: string;
  loginUrl: string;
  options: Pick<MigrateOptions, 'adminUrl'>;
}

/** A login that is a member of `group` and gets in with the password of its URL. */
async function ensureRole(
  client: pg.Client,
  { group, loginUrl, options: { adminUrl } }: LoginToEnsure,
): Promise<void> {
  const url = new URL(loginUrl);
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  if (!user || user === group)
    throw new Error(`The user in ${group}'s URL must be set and not be "${group}" itself.`);
  const withPassword = `password ${client.escapeLiteral(password)}`;
  await createRole(client, group, 'nologin nobypassrls');
  const isNew = await createRole(client, user, `login nobypassrls ${withPassword}`);
  if (!isNew && !(await acceptsPassword(adminUrl, url))) {
    await client.query(`alter role ${client.escapeIdentifier(user)} ${withPassword}`);
  }
  await client.query(`grant ${client.escapeIdentifier(group)} to ${client.escapeIdentifier(user)}`);
}

/** Creates the role unless it exists. Returns whether it did. */
async function createRole(client: pg.Client, name: string, attributes: string): Promise<boolean> {
  const existing = await client.query('select 1 from pg_roles where rolname = $1', [name]);
  if (existing.rowCount) return false;
  await client.query(`create role ${client.escapeIdentifier(name)} ${attributes}`);
  return true;
}

/** Found out by signing in: only a superuser could read the stored password. */
async function acceptsPassword(adminUrl: string, { username, password }: URL): Promise<boolean> {
  const login = new pg.Client({
    connectionString: Object.assign(new URL(adminUrl), { username, password }).href,
  });
  login.on('error', () => undefined);
  try {
    await login.connect();
    return true;
  } catch (error) {
    // Whatever else keeps it out is no matter of the password.
    return !(error instanceof pg.DatabaseError && error.code === INVALID_PASSWORD);
  } finally {
    await login.end();
  }
}

async function seed(client: pg.Client, { tenantName, bootstrapApiKey }: MigrateOptions): Promise<void> {
  await client.query(
    `insert into tenants (id, slug, name) values ($1, $2, $3) on conflict (slug) do update set name = excluded.name`,
    [uuidv7(), FIRST_TENANT_SLUG, tenantName],
  );
  if (!bootstrapApiKey) return;
  const { prefix, hash } = apiKeyParts(bootstrapApiKey);
  await client.query(
    `insert into api_keys (id, tenant_id, name, prefix, hash, scopes)
     select $1, id, 'bootstrap', $2, $3, $4 from tenants where slug = $5
     on conflict (prefix) do update set scopes = excluded.scopes where api_keys.hash = excluded.hash`,
    [uuidv7(), prefix, hash, [...SCOPES], FIRST_TENANT_SLUG],
  );
}
