/** A Temporal server on Postgres, as it would be deployed: built once with Go, since nobody distributes it as a package. */
import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import pg from 'pg';
import { stringify } from 'yaml';
import { startDaemon } from '../../../workers/local/daemon.ts';
import type { LocalTemporal } from '../../../workers/local/temporal.ts';
import { cacheDir } from '../../../workers/local/temporal-cli.ts';
import { isPortFree } from '../../../workers/local/ports.ts';
import { lab } from '../../harness/lab.ts';
import { newPostgres, type Part } from '../../harness/stack.ts';

const VERSION = '1.32.0';
const MODULES = { server: 'cmd/server', sql: 'cmd/tools/sql' } as const;
const SHARDS = 4;
const START_LIMIT_MS = 60_000;
const run = promisify(execFile);

export interface TemporalServer {
  version: string;
  /** Paths of the programs. */
  server: string;
  sql: string;
}

/** There is no Temporal server to be had here; `message` says why in one sentence. */
export class NoTemporalServer extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NoTemporalServer';
  }
}

/**
 * Finds the server and its schema tool in Tenure's cache, or builds them there with Go (some minutes, once).
 *
 * @throws NoTemporalServer
 */
export async function findTemporalServer(say: (text: string) => void): Promise<TemporalServer> {
  const bin = path.join(cacheDir(), 'bin');
  const found = {
    version: VERSION,
    server: path.join(bin, `temporal-server-${VERSION}`),
    sql: path.join(bin, `temporal-sql-tool-${VERSION}`),
  };
  if (existsSync(found.server) && existsSync(found.sql)) return found;
  const hasGo = await run('go', ['version']).then(
    () => true,
    () => false,
  );
  if (!hasGo) {
    throw new NoTemporalServer(
      `Not measured: it needs Temporal server ${VERSION}, which is built with Go, and there is no Go on PATH.`,
    );
  }
  const draft = path.join(bin, 'draft');
  mkdirSync(draft, { recursive: true });
  try {
    for (const [name, folder] of Object.entries(MODULES)) {
      say(`building go.temporal.io/server/${folder} ${VERSION}, once; some minutes`);
      await run('go', ['install', `go.temporal.io/server/${folder}@v${VERSION}`], {
        env: { ...process.env, GOBIN: draft, GOFLAGS: '' },
        maxBuffer: 64 * 1024 * 1024,
      });
      renameSync(path.join(draft, name), name === 'server' ? found.server : found.sql);
    }
  } catch (error) {
    const reason = error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error);
    throw new NoTemporalServer(
      `Not measured: Temporal server ${VERSION} could not be built with Go (${reason}).`,
    );
  }
  return found;
}

/** Starts it with a schema of its own in a Postgres of its own. It is not meant to be killed and brought back. */
export async function startTemporalOnPostgres({ server, sql }: TemporalServer): Promise<Part<LocalTemporal>> {
  const { dir, log, note, onEnd } = await lab();
  const { current: postgres } = await newPostgres('temporal-postgres', {
    fsync: 'off',
    full_page_writes: 'off',
  });
  const url = new URL(postgres.url);
  const databases = { default: 'temporal', visibility: 'temporal_visibility' };
  await setUpSchemas(sql, url, databases);

  const directory = dir('temporal-on-postgres');
  const port = await lowPort();
  const configFile = path.join(directory, 'config.yaml');
  const dynamicFile = path.join(directory, 'dynamic.yaml');
  writeFileSync(dynamicFile, stringify(DYNAMIC));
  writeFileSync(configFile, stringify(await serverConfig({ url, databases, port, dynamicFile })));
  const logger = log('temporal-on-postgres');
  const daemon = await startDaemon(server, ['--config-file', configFile, '--allow-no-auth', 'start'], {
    cwd: directory,
    output: (line) => logger.info(line),
  });
  note(daemon.pid);
  const stop = (): Promise<void> => daemon.stop('SIGTERM', 5_000);
  onEnd(stop);
  const address = `127.0.0.1:${port}`;
  await untilServing(address, () => daemon.exit() !== undefined);
  const current: LocalTemporal = {
    address,
    port,
    uiUrl: '',
    pid: daemon.pid,
    stop,
    kill: (signal) => daemon.kill(signal),
    exited: daemon.exited,
  };
  return {
    current,
    kill: (signal) => daemon.kill(signal),
    restart: () => Promise.reject(new Error('This server is not brought back.')),
  };
}

/** What the dev server is given as well, in `workers/local/temporal.ts`. */
const TUNED = {
  'history.transferProcessorMaxPollRPS': 2_000,
  'history.visibilityProcessorMaxPollRPS': 2_000,
  'history.timerProcessorMaxPollRPS': 2_000,
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  'matching.useNewMatcher': true,
  'matching.enableFairness': true,
  'system.enableActivityEagerExecution': true,
  'system.forceSearchAttributesCacheRefreshOnRead': true,
};
const DYNAMIC = Object.fromEntries(
  Object.entries(TUNED).map(([key, value]) => [key, [{ value, constraints: {} }]]),
);

type Databases = Record<'default' | 'visibility', string>;

async function setUpSchemas(sql: string, url: URL, databases: Databases): Promise<void> {
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  for (const name of Object.values(databases)) await client.query(`create database ${name}`);
  await client.end();
  const schemas = { default: 'postgresql/v12/temporal', visibility: 'postgresql/v12/visibility' };
  for (const store of ['default', 'visibility'] as const) {
    const tool = (...args: string[]): Promise<unknown> =>
      run(
        sql,
        [
          ...['--plugin', 'postgres12', '--endpoint', url.hostname, '--port', url.port],
          ...['--user', url.username, '--database', databases[store]],
          ...args,
        ],
        { env: { ...process.env, SQL_PASSWORD: decodeURIComponent(url.password) } },
      );
    await tool('setup-schema', '-v', '0.0');
    await tool('update-schema', '--schema-name', schemas[store]);
  }
}

async function serverConfig(given: {
  url: URL;
  databases: Databases;
  port: number;
  dynamicFile: string;
}): Promise<object> {
  const { url, databases, port, dynamicFile } = given;
  const store = (databaseName: string): object => ({
    sql: {
      pluginName: 'postgres12',
      databaseName,
      connectAddr: url.host,
      connectProtocol: 'tcp',
      user: url.username,
      password: decodeURIComponent(url.password),
      maxConns: 20,
      maxIdleConns: 20,
    },
  });
  const rpc = async (grpcPort?: number): Promise<object> => ({
    rpc: {
      grpcPort: grpcPort ?? (await lowPort()),
      membershipPort: await lowPort(),
      bindOnLocalHost: true,
    },
  });
  return {
    log: { stdout: true, level: 'error' },
    persistence: {
      defaultStore: 'main',
      visibilityStore: 'visibility',
      numHistoryShards: SHARDS,
      datastores: { main: store(databases.default), visibility: store(databases.visibility) },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
    services: {
      frontend: await rpc(port),
      matching: await rpc(),
      history: await rpc(),
      worker: await rpc(),
    },
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: `127.0.0.1:${port}`,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    dynamicConfigClient: { filepath: dynamicFile, pollInterval: '60s' },
  };
}

/** The server keeps its ports in a smallint: they must be below the range that free ports usually come from. */
async function lowPort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    if (await isPortFree(port)) return port;
  }
}

/** Serving is when it lists its namespaces, not when its port is open. @throws Error if it ends or takes too long */
async function untilServing(address: string, ended: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + START_LIMIT_MS;
  for (;;) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1_000 });
      await connection.workflowService.listNamespaces({}).finally(() => connection.close());
      return;
    } catch (error) {
      if (ended() || Date.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
