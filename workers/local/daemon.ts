import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { createInterface } from 'node:readline';
import { endProcess, markProcess, send, type ProcessMark } from './processes.ts';

/** How a process ended. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A child process that runs until it is stopped. */
export interface Daemon {
  pid: number;
  mark: ProcessMark;
  /** Settles when the process is gone; never rejects. */
  exited: Promise<Exit>;
  /** How it ended, as soon as it did. */
  exit(): Exit | undefined;
  /** Sends `signal`, SIGKILL after `graceMs`, and waits until it is gone. */
  stop(signal: NodeJS.Signals, graceMs: number): Promise<void>;
  /** Sends one signal and waits until the process is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** What a daemon needs besides its command line. */
export interface DaemonOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  /** Gets every line of stdout and stderr; or a file descriptor that gets the bytes and outlives this process. */
  output: ((line: string) => void) | number;
  /** Gets what the child sends over the channel that Node children have; without it there is no channel. */
  onMessage?: (message: unknown) => void;
}

const running = new Set<Daemon>();
// The last resort of a parent that crashes: no child survives an exit that forgot to stop it.
process.once('exit', () => {
  for (const { mark } of running) send(-mark.pid, 'SIGKILL');
});

/**
 * Starts a child in a process group of its own, so that a Ctrl-C in the terminal reaches only the parent, which
 * then stops its children in the right order.
 *
 * @throws Error when the command cannot be executed (ENOENT, EACCES).
 */
export async function startDaemon(command: string, args: string[], options: DaemonOptions): Promise<Daemon> {
  const { output, onMessage, ...rest } = options;
  const sink = typeof output === 'number' ? output : 'pipe';
  const stdio: StdioOptions = ['ignore', sink, sink, ...(onMessage ? (['ipc'] as const) : [])];
  const child: ChildProcess = spawn(command, args, { ...rest, detached: true, stdio });
  if (onMessage) child.on('message', onMessage);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const pid = child.pid!;
  if (typeof output === 'function') {
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream! }).on('line', output);
  }
  let exit: Exit | undefined;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      running.delete(daemon);
      resolve(exit);
    });
  });
  const daemon: Daemon = {
    pid,
    mark: markProcess(pid) ?? { pid, startedAt: 'gone' },
    exited,
    exit: () => exit,
    stop: async (signal, graceMs) => {
      await endProcess(daemon.mark, signal, graceMs);
      if (daemon.mark.startedAt !== 'gone') await exited;
    },
    kill: async (signal) => {
      if (!exit) send(pid, signal);
      await exited;
    },
  };
  if (!exit) running.add(daemon);
  return daemon;
}
