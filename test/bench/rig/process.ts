/** A Node process of its own, as the product is deployed, whose CPU time can be asked for. */
import { type ChildProcess, fork } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { lab } from '../../harness/lab.ts';

/** Where measured processes leave their CPU profiles when they end. */
const PROFILE_DIR = process.env.BENCH_CPU_PROF;
const PROFILING = PROFILE_DIR ? ['--cpu-prof', '--cpu-prof-dir', PROFILE_DIR] : [];
const ROOT = path.resolve(import.meta.dirname, '../../..');

export interface MeasuredProcess {
  /** From the fork to its "ready", in ms. */
  readonly bootMs: number;
  /** CPU time that all its threads have used since it started, in ms; only of an entry that imports `probe.ts`. */
  cpuMs(): Promise<number>;
  /** Sends a signal (SIGKILL is a crash) and waits until it is gone. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

export interface ProcessOptions {
  /** Distinguishes the log. */
  name: string;
  /** Path of the entry below the repository's root. It sends the message "ready" to its parent. */
  entry: string;
  args?: string[];
  env: Record<string, string>;
}

/** Starts a process and waits until it is ready. @throws Error if it ends before; its output is in the log it names. */
export async function startProcess({
  name,
  entry,
  args = [],
  env,
}: ProcessOptions): Promise<MeasuredProcess> {
  const { dir, note, onEnd } = await lab();
  const startedAt = performance.now();
  const child = fork(path.join(ROOT, entry), args, {
    env: { ...process.env, ...env },
    execArgv: ['--import', 'tsx', ...PROFILING],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  if (child.pid !== undefined) note(child.pid);
  const logFile = path.join(dir('processes'), `${name}.log`);
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  onEnd(() => end(child, 'SIGKILL'));
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code, signal) =>
      reject(new Error(`${entry} ended with ${code ?? signal ?? ''}; see ${logFile}`)),
    );
  });
  return {
    bootMs: performance.now() - startedAt,
    cpuMs: () => askForCpu(child),
    end: (signal = 'SIGTERM') => end(child, signal),
  };
}

function askForCpu(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('message', (answer: { cpuMs: number }) => resolve(answer.cpuMs));
    child.send('cpu', (error) => {
      if (error) reject(error);
    });
  });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
}
