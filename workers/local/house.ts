import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { messageOf } from './errors.ts';
import type { ChildRecords } from './lock.ts';

/** Something with a process that runs until it is stopped. */
export interface Runnable {
  pid: number;
  /** Settles when the process is gone. */
  exited: Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts (or starts again) one of the house's processes. @param signal aborted when the house closes. */
export type Start<T extends Runnable> = (signal: AbortSignal) => Promise<T>;

/** The processes of the local runtime: started in any order, kept alive, stopped in one order. */
export interface House {
  /**
   * Starts a process and keeps it alive from then on.
   *
   * @param signal the one that ends it gently, should this process die before it can stop it.
   * @throws what `start` throws the first time.
   */
  open<T extends Runnable>(name: string, start: Start<T>, signal?: NodeJS.Signals): Promise<T>;
  pids(): Record<string, number>;
  /** Told when a process came or went. */
  onChange(listener: () => void): void;
  /** Stops everything, also what is starting right now. */
  close(): Promise<void>;
  /** Aborted when the house closes. */
  closing: AbortSignal;
}

interface HouseOptions {
  /** Names, first one stopped first. */
  stopOrder: string[];
  records: ChildRecords;
  log: Logger;
  /** Told in one sentence when a process died or is back. */
  tell: (sentence: string) => void;
}

const healthyAfterMs = 30_000;
const firstPauseMs = 250;
const longestPauseMs = 10_000;

/** A house without any process. */
export function createHouse({ stopOrder, records, log, tell }: HouseOptions): House {
  const closing = new AbortController();
  const running = new Map<string, Runnable>();
  const opening = new Map<string, Promise<unknown>>();
  const pauses = new Map<string, number>();
  let changed: () => void = () => undefined;

  const begin = async <T extends Runnable>(
    name: string,
    start: Start<T>,
    signal: NodeJS.Signals,
  ): Promise<T> => {
    closing.signal.throwIfAborted();
    const work = start(closing.signal);
    opening.set(name, work);
    try {
      const runnable = await work;
      running.set(name, runnable);
      records.note(name, runnable.pid, signal);
      log.info({ child: name, pid: runnable.pid }, 'started');
      if (!closing.signal.aborted) changed();
      void keep(name, runnable, start, signal);
      return runnable;
    } finally {
      opening.delete(name);
    }
  };

  /** Waits for the end of a process and brings it back: at once, and ever more slowly when it keeps dying. */
  const keep = async <T extends Runnable>(
    name: string,
    runnable: T,
    start: Start<T>,
    signal: NodeJS.Signals,
  ): Promise<void> => {
    const startedAt = performance.now();
    const exit = await runnable.exited;
    running.delete(name);
    records.forget(name);
    if (closing.signal.aborted) return;
    log.error({ child: name, exit }, 'died');
    changed();
    const diedAt = performance.now();
    let pauseMs = diedAt - startedAt > healthyAfterMs ? 0 : (pauses.get(name) ?? 0);
    while (!closing.signal.aborted) {
      pauses.set(name, Math.min(longestPauseMs, pauseMs * 2 || firstPauseMs));
      try {
        if (pauseMs > 0) await sleep(pauseMs, undefined, { signal: closing.signal });
        const { pid } = await begin(name, start, signal);
        const seconds = ((performance.now() - diedAt) / 1_000).toFixed(1);
        log.warn({ child: name, pid, exit }, 'back');
        tell(`${name} died (${describe(exit)}) and is back after ${seconds} s as process ${pid}.`);
        return;
      } catch (error) {
        if (closing.signal.aborted) return;
        log.error({ child: name, err: error }, 'could not be started again');
        tell(`${name} died (${describe(exit)}) and cannot be started again yet: ${messageOf(error)}`);
        pauseMs = pauses.get(name) ?? firstPauseMs;
      }
    }
  };

  let closed: Promise<void> | undefined;
  const stopAll = async (): Promise<void> => {
    closing.abort();
    for (const name of stopOrder) {
      await opening.get(name)?.catch(() => undefined);
      await running.get(name)?.stop();
      records.forget(name);
    }
    log.info('all stopped');
  };

  return {
    open: (name, start, signal = 'SIGTERM') => begin(name, start, signal),
    onChange: (listener) => {
      changed = listener;
    },
    pids: () => Object.fromEntries([...running].map(([name, { pid }]) => [name, pid])),
    // A second call waits for the first: a second SIGTERM would cut a worker's draining short.
    close: () => (closed ??= stopAll()),
    closing: closing.signal,
  };
}

function describe(exit: unknown): string {
  const { code, signal } = exit as { code?: number | null; signal?: string | null };
  return signal ?? `exit code ${code}`;
}
