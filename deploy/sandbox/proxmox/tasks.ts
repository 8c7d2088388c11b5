/** Tasks: what most changes become, on the node that they happen on. */
import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import { lookUp } from '../shared/lookup.ts';
import { type ProxmoxStore, type Task, type Work, epochSeconds, nextSeq } from './state.ts';

export interface NewTask {
  node: string;
  type: string;
  id: string;
  user: string;
  log: string[];
  work: Work;
  afterMs: number;
  /** It never ends by itself. */
  stuck?: boolean;
}

export interface TaskEngine {
  /** Begins a task. @returns its id */
  fork(task: NewTask): string;
  find(upid: string): Task | undefined;
  /** Oldest first. */
  all(): Task[];
  /** Ends a task as a signal would. */
  interrupt(task: Task): void;
  /** Takes up the tasks of the last run. */
  resume(): void;
  stop(): void;
}

/** Tasks that ended are kept up to this many. */
const KEPT = 2_000;

/**
 * @param finish does a task's work when its time is over. @returns its exit status
 * @param failing takes the exit status that the next task of a type is to have, if a lever says one.
 */
export function createTasks(
  store: ProxmoxStore,
  finish: (work: Work) => Promise<string>,
  failing: (type: string) => string | undefined,
  undo: (work: Work) => void,
  logger: Logger,
): TaskEngine {
  const { tasks } = store.state;
  const timers = new Map<string, NodeJS.Timeout>();
  const ended: string[] = [];
  const turns = new Map<number, Promise<unknown>>();
  let isStopped = false;

  const end = (task: Task, exitstatus: string): void => {
    task.endtime = epochSeconds();
    task.exitstatus = exitstatus;
    task.log.push(exitstatus === 'OK' ? 'TASK OK' : `TASK ERROR: ${exitstatus}`);
    store.save('tasks', task.upid);
    ended.push(task.upid);
    const oldest = ended.length > KEPT ? ended.shift() : undefined;
    if (oldest === undefined) return;
    delete tasks[oldest];
    store.save('tasks', oldest);
  };

  /** A machine's configuration is locked while a task works on it: the next one waits for it. */
  const inTurn = (work: Work, act: () => Promise<string>): Promise<string> => {
    if (work.kind === 'remove-volume') return act();
    const turn = (turns.get(work.vmid) ?? Promise.resolve()).then(act, act);
    turns.set(work.vmid, turn);
    const forget = (): void => {
      if (turns.get(work.vmid) === turn) turns.delete(work.vmid);
    };
    turn.then(forget, forget);
    return turn;
  };

  const run = async (task: Task): Promise<void> => {
    timers.delete(task.upid);
    const bad = failing(task.type);
    if (bad !== undefined) {
      undo(task.work);
      end(task, bad);
      return;
    }
    const exitstatus = await inTurn(task.work, () => finish(task.work));
    if (task.endtime === undefined) end(task, exitstatus);
  };

  const arm = (task: Task): void => {
    if (task.stuck) return;
    const timer = setTimeout(
      () => {
        run(task).catch((error: unknown) => {
          // What was under way when the stand-in stopped is taken up by the next one.
          if (isStopped) return;
          logger.error({ err: error, upid: task.upid }, 'a task of the sandbox failed');
          end(task, 'unexpected error');
        });
      },
      Math.max(0, task.dueAtMs - Date.now()),
    );
    timers.set(task.upid, timer);
  };

  return {
    fork: ({ node, type, id, user, log, work, afterMs, stuck = false }) => {
      const starttime = epochSeconds();
      const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');
      const pid = randomInt(1_000, 2 ** 22);
      // Two tasks of one second differ by process and by its start in hundredths of a second.
      const pstart = hex(randomInt(2 ** 31));
      const upid = `UPID:${node}:${hex(pid)}:${pstart}:${hex(starttime)}:${type}:${id}:${user}:`;
      const dueAtMs = Date.now() + afterMs;
      const task = { seq: nextSeq(store), upid, node, type, id, user, starttime, log, work, dueAtMs, stuck };
      tasks[upid] = task;
      store.save('tasks', upid);
      arm(task);
      return upid;
    },
    find: (upid) => lookUp(tasks, upid),
    all: () => Object.values(tasks).sort((a, b) => a.seq - b.seq),
    interrupt: (task) => {
      if (task.endtime !== undefined) return;
      clearTimeout(timers.get(task.upid));
      undo(task.work);
      end(task, 'interrupted by signal');
    },
    resume: () => {
      for (const task of Object.values(tasks)) if (task.endtime === undefined) arm(task);
    },
    stop: () => {
      isStopped = true;
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
