/** A whole Tenure on real parts for one test file: its own database, namespace, stand-ins, API and worker process. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import axios, { type AxiosInstance } from 'axios';
import pg from 'pg';
import type { MailCatcher } from '../../deploy/sandbox/mail/start.ts';
import { startStripeSandbox, type StripeSandbox } from '../../deploy/sandbox/stripe/start.ts';
import { startVultrSandbox, type VultrSandbox } from '../../deploy/sandbox/vultr/start.ts';
import { loadConfig, type Config } from '../../schemas/config.ts';
import { createDataConverter } from '../../schemas/data-converter.ts';
import { createSecretBox } from '../../schemas/crypto/secret-box.ts';
import { SEARCH_ATTRIBUTES } from '../../schemas/search-attributes.ts';
import { runApi, type RunningApi } from '../../workers/api.ts';
import { createLogger } from '../../workers/logger.ts';
import { freePort } from '../../workers/local/ports.ts';
import type { LocalPostgres } from '../../workers/local/postgres.ts';
import type { LocalTemporal } from '../../workers/local/temporal.ts';
import { lab } from './lab.ts';
import { program } from './program.ts';
import {
  newDatabase,
  newMail,
  newNamespace,
  sharedPostgres,
  sharedTemporal,
  type Part,
  type TestDatabase,
} from './stack.ts';

export interface TenureOptions {
  /** Distinguishes logs and namespaces; one per test file. */
  name: string;
  /** From a create to a guest that answers. Default 150 ms. */
  bootMs?: number;
  /** Servers of its own, for tests that kill them; the shared ones by default. */
  postgres?: Part<LocalPostgres>;
  temporal?: Part<LocalTemporal>;
  /** More or other environment variables. */
  env?: Record<string, string>;
  /** Puts something between Tenure and a stand-in: gets its URL, gives the one to use. */
  between?: {
    vultr?: (url: string) => Promise<string>;
    stripe?: (url: string) => Promise<string>;
    smtp?: (url: string) => Promise<string>;
  };
  catalogFile?: string;
  /** Starts without a worker; call `startWorker`. */
  withoutWorker?: boolean;
}

export interface Tenure {
  readonly name: string;
  readonly config: Config;
  readonly env: Record<string, string>;
  readonly database: TestDatabase;
  readonly http: AxiosInstance;
  /** As {@link http}, with the bootstrap API key. */
  readonly staff: AxiosInstance;
  readonly stripe: StripeSandbox;
  readonly vultr: VultrSandbox;
  readonly mail: MailCatcher;
  readonly temporal: Client;
  /** As superuser: sees all rows. */
  readonly sql: pg.Pool;
  readonly api: RunningApi;
  readonly stateDir: (part: 'vultr' | 'stripe' | 'mail') => string;
  readonly workerPid: () => number | undefined;
  /** Starts a worker process and waits until it polls. */
  startWorker(): Promise<void>;
  /** Ends the worker process; SIGKILL is a crash. Resolves when it is gone. */
  killWorker(signal?: NodeJS.Signals): Promise<void>;
}

const ROOT = path.resolve(import.meta.dirname, '../..');
export const API_KEY = `tnr_testtest_${'k'.repeat(40)}`;

export async function startTenure(options: TenureOptions): Promise<Tenure> {
  const { name, bootMs = 150, between = {} } = options;
  const { dir, log, onEnd, note } = await lab();
  const postgres = options.postgres ?? (await sharedPostgres());
  const temporal = options.temporal ?? (await sharedTemporal());
  const [database, mail, apiPort] = await Promise.all([
    newDatabase(postgres),
    newMail(`${name}-mail`),
    freePort(),
  ]);
  const namespace = await namespaceFor(temporal.current, name);

  const vultrKey = 'vultr-test-key';
  const stripeKey = 'sk_test_tenure';
  const webhookSecret = 'whsec_dGVudXJlLXRlc3Q';
  const publicUrl = `http://127.0.0.1:${apiPort}`;
  const vultr = await startVultrSandbox({
    port: 0,
    stateDir: dir(`${name}-vultr`),
    apiKey: vultrKey,
    bootMs,
    ratePerSecond: 10_000,
    guestSshPort: 0,
    guestRdpPort: 0,
    instanceLimit: 100_000,
    logger: log(`${name}-vultr`),
  });
  onEnd(() => vultr.close());
  const stripe = await startStripeSandbox({
    port: 0,
    stateDir: dir(`${name}-stripe`),
    secretKey: stripeKey,
    webhookSecret,
    webhookUrl: `${publicUrl}/webhooks/stripe`,
    latencyMs: 0,
    requestsPerSecond: 10_000,
    debitSettlesMs: 3_600_000,
    webhookRetryMs: 200,
    log: log(`${name}-stripe`),
  });
  onEnd(() => stripe.close());

  const env: Record<string, string> = {
    NODE_ENV: 'test',
    LOG_LEVEL: 'debug',
    TENURE_DIR: path.resolve('.tenure/test'),
    DATABASE_URL: database.appUrl,
    GATEWAY_DATABASE_URL: database.gatewayUrl,
    TEMPORAL_ADDRESS: temporal.current.address,
    TEMPORAL_NAMESPACE: namespace,
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    TOKEN_SECRET: randomBytes(32).toString('hex'),
    API_PORT: String(apiPort),
    PUBLIC_URL: publicUrl,
    TENANT_NAME: 'Test Hosting',
    CATALOG_FILE: options.catalogFile ?? path.join(ROOT, 'test/harness/catalog.yaml'),
    STRIPE_SECRET_KEY: stripeKey,
    STRIPE_WEBHOOK_SECRET: webhookSecret,
    STRIPE_API_BASE: (await between.stripe?.(stripe.url)) ?? stripe.url,
    VULTR_API_KEY: vultrKey,
    VULTR_API_BASE: (await between.vultr?.(vultr.url)) ?? vultr.url,
    VULTR_POLL_MS: '50',
    VULTR_TIMEOUT_MS: '2000',
    // The stand-in shares its process with much else, and may take a while to get to a request.
    VULTR_CREATE_SETTLE_MS: '6000',
    VULTR_REQUESTS_PER_SECOND: '10000',
    SSH_PORT: String(vultr.guestSshPort),
    RDP_PORT: String(vultr.guestRdpPort),
    SMTP_URL: (await between.smtp?.(mail.smtpUrl)) ?? mail.smtpUrl,
    STAFF_EMAIL: 'staff@test-hosting.example',
    ...options.env,
  };
  const config = loadConfig(env);
  const sql = new pg.Pool({ connectionString: database.adminUrl, max: 4 });
  sql.on('error', () => undefined);
  onEnd(() => sql.end());
  await addApiKey(sql);
  const api = await runApi(config, createLogger({ LOG_LEVEL: 'silent' }, 'api'), {
    perSecond: 10_000,
    burst: 10_000,
  });
  onEnd(() => api.stop());
  const connection = await Connection.connect({ address: temporal.current.address });
  onEnd(() => connection.close());

  let worker: ChildProcess | undefined;
  const startWorker = async (): Promise<void> => {
    const { file: entry, nodeArgs } = program('workers/main.ts');
    const child = fork(entry, ['all'], {
      env: { ...process.env, ...env },
      execArgv: nodeArgs,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    worker = child;
    if (child.pid !== undefined) note(child.pid);
    const file = createWriteStream(path.join(dir('workers'), `${name}.log`), { flags: 'a' });
    child.stdout?.pipe(file, { end: false });
    child.stderr?.pipe(file, { end: false });
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', (code, signal) =>
        reject(new Error(`The worker of ${name} ended: ${code ?? signal ?? ''}`)),
      );
    });
  };
  const killWorker = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    const child = worker;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  };
  onEnd(() => killWorker());
  if (!options.withoutWorker) await startWorker();

  const http = axios.create({ baseURL: api.url, validateStatus: () => true, timeout: 20_000 });
  return {
    name,
    config,
    env,
    database,
    http,
    staff: axios.create({
      baseURL: api.url,
      validateStatus: () => true,
      timeout: 20_000,
      headers: { authorization: `Bearer ${API_KEY}` },
    }),
    stripe,
    vultr,
    mail,
    temporal: new Client({
      connection,
      namespace,
      dataConverter: createDataConverter(createSecretBox(config.ENCRYPTION_KEYS)),
    }),
    sql,
    api,
    stateDir: (part) => dir(`${name}-${part}`),
    workerPid: () => worker?.pid,
    startWorker,
    killWorker,
  };
}

async function addApiKey(sql: pg.Pool): Promise<void> {
  const { apiKeyParts } = await import('../../schemas/crypto/api-keys.ts');
  const { SCOPES } = await import('../../schemas/api/staff.ts');
  const { prefix, hash } = apiKeyParts(API_KEY);
  await sql.query(
    `insert into api_keys (id, tenant_id, name, prefix, hash, scopes) select gen_random_uuid(), id, 'test', $1, $2, $3 from tenants
     on conflict do nothing`,
    [prefix, hash, [...SCOPES]],
  );
}

/** A namespace with the search attributes, ready to be used: the server needs a moment to know a new one everywhere. */
export async function namespaceFor(temporal: LocalTemporal, name: string): Promise<string> {
  const namespace = await newNamespace(temporal, `${name}-${randomBytes(3).toString('hex')}`);
  const connection = await Connection.connect({ address: temporal.address });
  try {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const known = await connection.operatorService.listSearchAttributes({ namespace });
        const missing = SEARCH_ATTRIBUTES.filter((key) => !(key.name in (known.customAttributes ?? {})));
        if (missing.length > 0) {
          await connection.operatorService.addSearchAttributes({
            namespace,
            searchAttributes: Object.fromEntries(
              missing.map((key) => [key.name, key.type === 'DATETIME' ? 6 : 2]),
            ),
          });
        }
        await new Client({ connection, namespace }).workflow.count();
        return namespace;
      } catch (error) {
        if (attempt > 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  } finally {
    await connection.close();
  }
}
