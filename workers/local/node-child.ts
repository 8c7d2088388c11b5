import { closeSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { startDaemon } from './daemon.ts';
import { StartError } from './errors.ts';
import type { Runnable } from './house.ts';
import type { State } from './state.ts';

/** The directory of package.json. */
export const projectRoot = fileURLToPath(new URL('../../', import.meta.url));

export interface NodeChildOptions {
  /** Names the log. */
  name: string;
  /** Path of the program below the project's root. */
  script: string;
  args?: string[];
  env: NodeJS.ProcessEnv;
  state: State;
  /** After SIGTERM, before SIGKILL. */
  graceMs: number;
}

const readyLimitMs = 90_000;

/**
 * Starts one of Tenure's own programs and waits until it says that it is ready (the message `ready` on its channel).
 *
 * @throws StartError with what the program said last, when it ends or stays silent instead.
 */
export async function startNodeChild(options: NodeChildOptions, closing: AbortSignal): Promise<Runnable> {
  const { name, script, args = [], env, state, graceMs } = options;
  const output = state.openLog(name);
  const logStart = statSync(state.logFile(name)).size;
  let sayReady: () => void = () => undefined;
  const ready = new Promise<'ready'>((resolve) => {
    sayReady = () => resolve('ready');
  });
  const daemon = await startDaemon(
    process.execPath,
    ['--import', 'tsx', path.join(projectRoot, script), ...args],
    { cwd: projectRoot, env, output, onMessage: (message) => message === 'ready' && sayReady() },
  );
  closeSync(output);
  const first = await Promise.race([
    ready,
    daemon.exited.then(() => 'ended' as const),
    abortion(closing, 'closing' as const),
    abortion(AbortSignal.timeout(readyLimitMs), 'silent' as const),
  ]);
  if (first === 'ready') {
    return { pid: daemon.pid, exited: daemon.exited, stop: () => daemon.stop('SIGTERM', graceMs) };
  }
  await daemon.stop('SIGTERM', 2_000);
  if (first === 'closing') throw new StartError(`The ${name} was stopped while it was starting.`);
  const last = lastWords(state.logFile(name), logStart);
  const what = first === 'ended' ? 'did not start' : 'did not become ready in time';
  throw new StartError(`The ${name} ${what}: ${last}; see ${path.relative('', state.logFile(name))}.`);
}

function abortion<T>(signal: AbortSignal, value: T): Promise<T> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(value);
    signal.addEventListener('abort', () => resolve(value), { once: true });
  });
}

/** What a program said about its end: a log line's message, the error of a crash, or just its last line. */
function lastWords(file: string, from: number): string {
  const lines = readFileSync(file).subarray(from).toString('utf8').split('\n').filter(Boolean);
  const fault = lines.map(faultIn).find((text) => text !== undefined);
  return (fault ?? lines.at(-1)?.trim() ?? 'it said nothing').replace(/\.$/, '');
}

function faultIn(line: string): string | undefined {
  if (!line.startsWith('{')) return /^\w*Error(?: \[\w+\])?: (.*)/.exec(line)?.[1];
  try {
    const { msg, level = 0, err } = JSON.parse(line) as { msg?: string; level?: number; err?: Error };
    return level >= pino.levels.values.error! ? [msg, err?.message].filter(Boolean).join(': ') : undefined;
  } catch {
    return undefined;
  }
}
