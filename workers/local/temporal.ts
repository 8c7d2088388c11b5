import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { Logger } from 'pino';
import { SEARCH_ATTRIBUTES } from '../../schemas/search-attributes.ts';
import { startDaemon, type Daemon } from './daemon.ts';
import { messageOf, StartError } from './errors.ts';
import { freePort } from './ports.ts';

/** A running Temporal dev server of our own. */
export interface LocalTemporal {
  /** `127.0.0.1:<port>` of the gRPC front end. */
  address: string;
  port: number;
  uiUrl: string;
  pid: number;
  /** Lets the server close its database. */
  stop(): Promise<void>;
  /** Sends a signal and waits for the end; SIGKILL is a crash. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Settles when the server is gone, for whatever reason. */
  exited: Promise<unknown>;
}

export interface TemporalOptions {
  /** The Temporal CLI, see `findTemporalCli`. */
  cliPath: string;
  /** SQLite file that holds everything; its directory is created. */
  dbFile: string;
  /** gRPC port on 127.0.0.1; by default any free one. */
  port?: number;
  /** Port of the web UI; by default any free one. */
  uiPort?: number;
  /** Where the UI's browser has payloads decoded (the codec endpoint of the API). */
  uiCodecEndpoint?: string;
  /** Server settings in place of ours or beside them. */
  dynamicConfig?: Record<string, string | number | boolean>;
  log: Logger;
}

/** As the CLI writes them: `TenureStage=Keyword`. */
const searchAttributes = SEARCH_ATTRIBUTES.map(
  ({ name, type }) => `${name}=${type[0]}${type.slice(1).toLowerCase()}`,
);

/** The dev server's own limits make a hop cost 50 ms; these take them away. The rest is off by default in 1.29. */
const dynamicConfig = {
  'history.transferProcessorMaxPollRPS': 2_000,
  'history.visibilityProcessorMaxPollRPS': 2_000,
  'history.timerProcessorMaxPollRPS': 2_000,
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  'matching.useNewMatcher': true,
  'matching.enableFairness': true,
  'system.enableActivityEagerExecution': true,
};

const namespace = 'default';
const startLimitMs = 60_000;
const stopGraceMs = 10_000;

/**
 * Starts Temporal's dev server on 127.0.0.1 with its UI, the namespace `default` and Tenure's search attributes, on a
 * SQLite file with a write-ahead log. A later start with the same file finds every workflow again, also after SIGKILL.
 *
 * @throws StartError when it does not come up; its message says why.
 */
export async function startTemporal(options: TemporalOptions): Promise<LocalTemporal> {
  const { cliPath, dbFile, uiCodecEndpoint, log } = options;
  const port = options.port ?? (await freePort());
  const uiPort = options.uiPort ?? (await freePort());
  const address = `127.0.0.1:${port}`;
  mkdirSync(path.dirname(dbFile), { recursive: true });

  const lines: string[] = [];
  const daemon = await startDaemon(
    cliPath,
    [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', `${port}`, '--ui-port', `${uiPort}`],
      ...['--namespace', namespace, '--log-level', 'error'],
      ...[
        '--db-filename',
        dbFile,
        '--sqlite-pragma',
        'journal_mode=wal',
        '--sqlite-pragma',
        'synchronous=normal',
      ],
      ...searchAttributes.flatMap((attribute) => ['--search-attribute', attribute]),
      ...Object.entries({ ...dynamicConfig, ...options.dynamicConfig }).flatMap(([key, value]) => [
        '--dynamic-config-value',
        `${key}=${value}`,
      ]),
      ...(uiCodecEndpoint ? ['--ui-codec-endpoint', uiCodecEndpoint] : []),
    ],
    {
      output: (line) => {
        lines.push(line);
        lines.splice(0, lines.length - 20);
        log.info(line);
      },
    },
  );
  try {
    await untilServing(daemon, address);
  } catch (error) {
    await daemon.stop('SIGKILL', 0);
    const reason = lines.findLast((line) => /error/i.test(line)) ?? messageOf(error);
    throw new StartError(`Temporal did not start: ${reason.replace(/^Error:\s*/i, '').replace(/\.$/, '')}.`);
  }
  return {
    address,
    port,
    uiUrl: `http://127.0.0.1:${uiPort}`,
    pid: daemon.pid,
    stop: () => daemon.stop('SIGTERM', stopGraceMs),
    kill: (signal) => daemon.kill(signal),
    exited: daemon.exited,
  };
}

/**
 * Makes sure that a Temporal somebody else runs (`TEMPORAL_ADDRESS`) answers.
 *
 * @param apiKey of Temporal Cloud; with one the connection is encrypted.
 * @throws StartError when it doesn't within 5 s.
 */
export async function checkTemporal(address: string, apiKey?: string): Promise<void> {
  try {
    const connection = await Connection.connect({
      address,
      connectTimeout: 5_000,
      ...(apiKey ? { tls: true, apiKey } : {}),
    });
    await connection.close();
  } catch (error) {
    throw new StartError(
      `Temporal at TEMPORAL_ADDRESS (${address}) does not answer: ${messageOf(error)}; correct TEMPORAL_ADDRESS, or unset it to let Tenure run its own.`,
    );
  }
}

/** Serving is when the namespace is described and its search attributes are known, not when the port is open. */
async function untilServing(daemon: Daemon, address: string): Promise<void> {
  const deadline = performance.now() + startLimitMs;
  let last: unknown = new Error('it did not answer in time');
  while (!daemon.exit()) {
    if (performance.now() > deadline) throw last;
    try {
      await askAll(address);
      return;
    } catch (error) {
      last = error;
      await sleep(100);
    }
  }
  throw new Error(`it ended with ${daemon.exit()?.signal ?? `code ${daemon.exit()?.code}`}`);
}

async function askAll(address: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 1_000 });
  try {
    await connection.withDeadline(Date.now() + 2_000, async () => {
      await connection.workflowService.getSystemInfo({});
      await connection.workflowService.describeNamespace({ namespace });
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
      const missing = SEARCH_ATTRIBUTES.filter(({ name }) => !customAttributes?.[name]);
      if (missing.length > 0)
        throw new Error(`the search attributes ${missing.map(({ name }) => name).join(', ')} are missing`);
      await connection.workflowService.countWorkflowExecutions({ namespace });
    });
  } finally {
    await connection.close();
  }
}
