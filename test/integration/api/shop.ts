/** The API on a real database and the payment stand-in, for tests that need no workflow. */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import axios, { type AxiosInstance } from 'axios';
import pg from 'pg';
import pino from 'pino';
import { Registry } from 'prom-client';
import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { createHypervisors } from '../../../activities/hypervisors/registry.ts';
import { createBilling } from '../../../activities/payments/billing.ts';
import { createStripeGateway } from '../../../activities/payments/stripe/gateway.ts';
import { createApp } from '../../../api/app.ts';
import { loadCatalog } from '../../../api/catalog/load.ts';
import { publishCatalog } from '../../../api/catalog/publish.ts';
import type { ApiDependencies } from '../../../api/dependencies.ts';
import { startStripeSandbox, type StripeSandbox } from '../../../deploy/sandbox/stripe/start.ts';
import { SCOPES, type Scope } from '../../../schemas/api/staff.ts';
import { loadConfig } from '../../../schemas/config.ts';
import { createApiKey, readApiKey } from '../../../schemas/crypto/api-keys.ts';
import { createSecretBox } from '../../../schemas/crypto/secret-box.ts';
import { openDatabase } from '../../../schemas/db/data-source.ts';
import { findTenant, FIRST_TENANT_SLUG } from '../../../schemas/db/tenancy.ts';
import { lab } from '../../harness/lab.ts';
import type { LocalPostgres } from '../../../workers/local/postgres.ts';
import { newDatabase, type Part, type TestDatabase } from '../../harness/stack.ts';
import { checkingContract } from './contract-check.ts';
import { createMessengerInMemory, type MessengerInMemory } from './messenger-in-memory.ts';

export const WEBHOOK_SECRET = 'whsec_dGVudXJlLWFwaS10ZXN0';
const STRIPE_KEY = 'sk_test_api';

export interface Shop {
  url: string;
  database: TestDatabase;
  deps: ApiDependencies;
  db: DataSource;
  /** As superuser: sees all rows. */
  sql: pg.Pool;
  stripe: StripeSandbox;
  messenger: MessengerInMemory;
  /** What the API logged, one JSON object a line. */
  logged: string[];
  /** Never throws on a status, and checks each answer against the route's contract. */
  http: AxiosInstance;
  /** As {@link http}, with an API key of all scopes. */
  staff: AxiosInstance;
}

/** Starts a shop; it is closed after the last test of the run. */
export async function startShop(
  name: string,
  overrides: Partial<ApiDependencies> & { env?: Record<string, string> } = {},
  postgres?: Part<LocalPostgres>,
): Promise<Shop> {
  const { dir, onEnd, log } = await lab();
  const database = await newDatabase(postgres);
  const stripe = await startStripeSandbox({
    port: 0,
    stateDir: dir(`${name}-stripe`),
    secretKey: STRIPE_KEY,
    webhookSecret: WEBHOOK_SECRET,
    webhookUrl: null,
    latencyMs: 0,
    requestsPerSecond: 10_000,
    log: log(`${name}-stripe`),
  });
  onEnd(() => stripe.close());

  const server = await listen();
  onEnd(() => close(server));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { deps, logged, messenger } = await dependencies(database, { url, stripe, overrides });
  onEnd(() => deps.db.destroy());
  onEnd(() => deps.gatewayPool.end());
  const stopping = new AbortController();
  onEnd(async () => stopping.abort());
  server.on('request', createApp({ stopping: stopping.signal, ...deps }));

  const sql = new pg.Pool({ connectionString: database.adminUrl, max: 3 });
  sql.on('error', () => undefined);
  onEnd(() => sql.end());
  const http = client(url);
  const key = await addKey(sql, deps.tenant.id);
  return { url, database, deps, db: deps.db, sql, stripe, messenger, logged, http, staff: client(url, key) };
}

async function dependencies(
  database: TestDatabase,
  {
    url,
    stripe,
    overrides,
  }: {
    url: string;
    stripe: StripeSandbox;
    overrides: Partial<ApiDependencies> & { env?: Record<string, string> };
  },
) {
  const { env = {}, ...parts } = overrides;
  const config = loadConfig({
    DATABASE_URL: database.appUrl,
    GATEWAY_DATABASE_URL: database.gatewayUrl,
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    TOKEN_SECRET: randomBytes(32).toString('hex'),
    PUBLIC_URL: url,
    STRIPE_SECRET_KEY: STRIPE_KEY,
    STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    VULTR_API_KEY: 'vultr-test-key',
    SMTP_URL: 'smtp://127.0.0.1:1',
    ...env,
  });
  const db = await openDatabase({ url: database.appUrl, poolSize: 10, applicationName: 'test-api' });
  const gatewayPool = new pg.Pool({
    connectionString: database.gatewayUrl,
    max: 10,
    connectionTimeoutMillis: 2_000,
  });
  gatewayPool.on('error', () => undefined);
  const tenant = await findTenant(db, FIRST_TENANT_SLUG);
  await publishCatalog(db, tenant.id, await loadCatalog('test/harness/catalog.yaml'));
  const messenger = createMessengerInMemory();
  const logged: string[] = [];
  const payments = createStripeGateway({
    secretKey: STRIPE_KEY,
    webhookSecrets: [WEBHOOK_SECRET],
    apiBase: stripe.url,
    automaticTax: false,
    toleranceSeconds: 300,
    timeoutMs: 3_000,
  });
  const deps: ApiDependencies = {
    config,
    db,
    gatewayPool,
    payments,
    billing: createBilling(db, payments),
    hypervisors: createHypervisors(config),
    messenger,
    tenant,
    secretBox: createSecretBox(config.ENCRYPTION_KEYS),
    registry: new Registry(),
    logger: pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }),
    rateLimit: { burst: 100_000, perSecond: 100_000 },
    ...parts,
  };
  return { deps, logged, messenger };
}

/** An API key of a tenant, as text. */
export async function addKey(
  sql: pg.Pool,
  tenantId: string,
  {
    scopes = [...SCOPES],
    expiresAt = null,
    revokedAt = null,
  }: { scopes?: Scope[]; expiresAt?: Date | null; revokedAt?: Date | null } = {},
): Promise<string> {
  const key = createApiKey();
  const parts = readApiKey(key);
  await sql.query(
    `insert into api_keys (id, tenant_id, name, prefix, hash, scopes, expires_at, revoked_at)
     values ($1, $2, 'test', $3, $4, $5, $6, $7)`,
    [uuidv7(), tenantId, parts?.prefix, parts?.hash, scopes, expiresAt, revokedAt],
  );
  return key;
}

/** A client that takes every status and checks answers against the contract. */
export function client(url: string, key?: string): AxiosInstance {
  return checkingContract(
    axios.create({
      baseURL: url,
      validateStatus: () => true,
      maxRedirects: 0,
      ...(key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } }),
    }),
  );
}

/** A second tenant beside the first one, with its own catalogue. */
export async function addTenant(shop: Shop, slug: string): Promise<string> {
  const id = uuidv7();
  await shop.sql.query('insert into tenants (id, slug, name) values ($1, $2, $2)', [id, slug]);
  await publishCatalog(shop.db, id, await loadCatalog('test/harness/catalog.yaml'));
  return id;
}

function listen(): Promise<Server> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
}
