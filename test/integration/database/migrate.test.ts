import assert from 'node:assert/strict';
import pg from 'pg';
import { createApiKey, readApiKey } from '../../../schemas/crypto/api-keys.ts';
import { migrate, type MigrateOptions } from '../../../schemas/db/migrate.ts';
import { SCOPES } from '../../../schemas/api/staff.ts';
import { newDatabase, type TestDatabase } from '../../harness/stack.ts';

describe('migrating a database again', () => {
  let database: TestDatabase;
  let admin: pg.Client;
  before(async function () {
    this.timeout(60_000);
    database = await newDatabase();
    admin = new pg.Client({ connectionString: database.adminUrl });
    await admin.connect();
  });
  after(() => admin.end());

  // Logins belong to the whole server, so these are of their own.
  const loginUrl = (user: string, password: string): string => {
    const url = new URL(database.adminUrl);
    return Object.assign(url, { username: user, password: encodeURIComponent(password) }).href;
  };
  const migrateWith = (password: string, more: Partial<MigrateOptions> = {}): Promise<string[]> =>
    migrate({
      adminUrl: database.adminUrl,
      appUrl: loginUrl('rotated_app', password),
      gatewayUrl: loginUrl('rotated_gateway', password),
      tenantName: 'Test Hosting',
      ...more,
    });
  const signIn = async (user: string, password: string): Promise<string> => {
    const client = new pg.Client({ connectionString: loginUrl(user, password) });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ name: string }>('select current_user as name');
      return rows[0]?.name ?? '';
    } finally {
      await client.end();
    }
  };
  const storedPassword = async (user: string): Promise<string | undefined> => {
    const { rows } = await admin.query<{ rolpassword: string }>(
      'select rolpassword from pg_authid where rolname = $1',
      [user],
    );
    return rows[0]?.rolpassword;
  };

  it('changes nothing', async () => {
    await migrateWith(`first 'quoted' ß/@`);
    const before = await Promise.all(['rotated_app', 'rotated_gateway'].map(storedPassword));
    assert.deepEqual(await migrateWith(`first 'quoted' ß/@`), []);
    assert.deepEqual(await Promise.all(['rotated_app', 'rotated_gateway'].map(storedPassword)), before);
  });

  it('lets its logins in with a new password, and with the old one no more', async () => {
    await migrateWith('old');
    await migrateWith('new');
    for (const user of ['rotated_app', 'rotated_gateway']) {
      assert.equal(await signIn(user, 'new'), user);
      await assert.rejects(signIn(user, 'old'), /password authentication failed/);
    }
  });

  it('gives a password to a login that had none', async () => {
    await admin.query('alter role rotated_app password null');
    await migrateWith('given');
    assert.equal(await signIn('rotated_app', 'given'), 'rotated_app');
  });

  it('gives the bootstrap key the scopes that there are by now, and nobody else’s', async () => {
    const [bootstrapApiKey, other] = [createApiKey(), createApiKey()];
    const scopesOf = async (key: string): Promise<string[] | undefined> => {
      const { rows } = await admin.query<{ scopes: string[] }>(
        'select scopes from api_keys where prefix = $1',
        [readApiKey(key)?.prefix],
      );
      return rows[0]?.scopes;
    };
    await migrateWith('new', { bootstrapApiKey });
    await migrateWith('new', { bootstrapApiKey: other });
    await admin.query(`update api_keys set scopes = '{audit:read}'`);
    await migrateWith('new', { bootstrapApiKey });
    assert.deepEqual(await scopesOf(bootstrapApiKey), [...SCOPES]);
    assert.deepEqual(await scopesOf(other), ['audit:read']);
  });
});
