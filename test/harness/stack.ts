import path from 'node:path';
import { Connection } from '@temporalio/client';
import pg from 'pg';
import { type MailCatcher, startMailCatcher } from '../../deploy/sandbox/mail/start.ts';
import { migrate } from '../../schemas/db/migrate.ts';
import { type LocalPostgres, startPostgres } from '../../workers/local/postgres.ts';
import { findTemporalCli } from '../../workers/local/temporal-cli.ts';
import { type LocalTemporal, startTemporal, type TemporalOptions } from '../../workers/local/temporal.ts';
import { lab } from './lab.ts';

/** A real server that tests may kill and bring back, on the same port with the same data. */
export interface Part<T> {
  /** The running one. */
  readonly current: T;
  /** Sends a signal (SIGKILL is a crash, SIGQUIT is Postgres's "immediate") and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again after a kill. */
  restart(): Promise<T>;
}

interface Killable {
  pid: number;
  port: number;
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Connection URLs of one migrated database. */
export interface TestDatabase {
  name: string;
  /** Superuser. */
  adminUrl: string;
  /** A login in `tenure_app`: row-level security applies. */
  appUrl: string;
  /** A login in `tenure_gateway`. */
  gatewayUrl: string;
}

const shared = new Map<string, Promise<unknown>>();

/** One per mocha run, started by the first test that asks for it and stopped after the last test. */
function once<T>(name: string, start: () => Promise<T>): Promise<T> {
  const found = (shared.get(name) as Promise<T> | undefined) ?? start();
  shared.set(name, found);
  return found;
}

/** Forgets what the run shared; its lab has stopped it. */
export function forgetStack(): void {
  shared.clear();
}

/** The run's own Postgres: real, but not safe against a power cut (no fsync), which no test can bring about. */
export function sharedPostgres(): Promise<Part<LocalPostgres>> {
  return once('postgres', () =>
    newPostgres('postgres', { fsync: 'off', full_page_writes: 'off', max_connections: '300' }),
  );
}

/** Another Postgres, for tests that kill it. @param settings as in postgresql.conf. */
export async function newPostgres(
  name: string,
  settings: Record<string, string> = {},
): Promise<Part<LocalPostgres>> {
  const { dir, log } = await lab();
  const options = { dataDir: dir(name), settings, log: log(name) };
  return part((port) => startPostgres({ ...options, port }));
}

/** The run's own Temporal dev server, as `npm start` runs it. */
export function sharedTemporal(): Promise<Part<LocalTemporal>> {
  return once('temporal', () => newTemporal('temporal'));
}

/** Another Temporal dev server, for tests that kill it or set it up otherwise. */
export async function newTemporal(
  name: string,
  dynamicConfig: TemporalOptions['dynamicConfig'] = {},
): Promise<Part<LocalTemporal>> {
  const { dir, log } = await lab();
  const cliPath = await findTemporalCli((text) => process.stderr.write(`${text}\n`));
  const options = { cliPath, dbFile: path.join(dir(name), 'temporal.db'), log: log(name), dynamicConfig };
  return part((port) => startTemporal({ ...options, port }));
}

/** The run's own mail catcher. Tests share it: look for your own recipient, never at "the last mail". */
export function sharedMail(): Promise<MailCatcher> {
  return once('mail', () => newMail('mail'));
}

/** Another mail catcher, for tests that put faults into it. */
export async function newMail(name: string): Promise<MailCatcher> {
  const { dir, onEnd } = await lab();
  const mail = await startMailCatcher({ smtpPort: 0, httpPort: 0, stateDir: dir(name) });
  onEnd(() => mail.close());
  return mail;
}

let databases = 0;

/** A new database with Tenure's schema and first tenant, in the shared Postgres or in `postgres`. */
export async function newDatabase(postgres?: Part<LocalPostgres>): Promise<TestDatabase> {
  const { current } = postgres ?? (await sharedPostgres());
  const template = await once(`template of ${current.port}`, async () => {
    const database = urlsFor(current.url, 'tenure_template');
    await createDatabase(current.url, database.name);
    await migrate({ ...database, tenantName: 'Test Hosting' });
    return database.name;
  });
  const database = urlsFor(current.url, `tenure_test_${(databases += 1)}`);
  await createDatabase(current.url, `${database.name} template ${template}`);
  return database;
}

/** A new empty namespace of a Temporal server, so that test files do not see each other's workflows. */
export async function newNamespace(temporal: LocalTemporal, namespace: string): Promise<string> {
  const connection = await Connection.connect({ address: temporal.address });
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
  } finally {
    await connection.close();
  }
  return namespace;
}

function urlsFor(superuserUrl: string, name: string): TestDatabase {
  const urlOf = (user?: string): string => {
    const url = new URL(superuserUrl);
    url.pathname = `/${name}`;
    if (user) Object.assign(url, { username: user, password: user });
    return url.href;
  };
  return { name, adminUrl: urlOf(), appUrl: urlOf('test_app'), gatewayUrl: urlOf('test_gateway') };
}

async function createDatabase(superuserUrl: string, nameAndOptions: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await client.query(`create database ${nameAndOptions}`);
  } finally {
    await client.end();
  }
}

async function part<T extends Killable>(start: (port?: number) => Promise<T>): Promise<Part<T>> {
  const { note, onEnd } = await lab();
  let current = await start();
  note(current.pid);
  onEnd(() => current.stop());
  return {
    get current() {
      return current;
    },
    kill: (signal) => current.kill(signal),
    restart: async () => {
      current = await start(current.port);
      note(current.pid);
      return current;
    },
  };
}
