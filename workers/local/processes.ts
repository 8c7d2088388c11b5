import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process that can be told apart from a later one with the same pid. */
export interface ProcessMark {
  pid: number;
  /** When the kernel says that it started; opaque, compare only. */
  startedAt: string;
}

/** The mark of a running process; undefined when there is none with this pid. */
export function markProcess(pid: number): ProcessMark | undefined {
  const startedAt = startOf(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether exactly this process (not another one with a reused pid) still runs. */
export function isRunning(mark: ProcessMark): boolean {
  return startOf(mark.pid) === mark.startedAt;
}

/**
 * Ends a process and what is left of its group: `signal` first, SIGKILL after `graceMs`.
 * Returns when it is gone. Does nothing when the mark no longer fits.
 */
export async function endProcess(mark: ProcessMark, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  if (!isRunning(mark)) return;
  send(mark.pid, signal);
  if (!(await goneWithin(mark, graceMs))) {
    send(-mark.pid, 'SIGKILL');
    send(mark.pid, 'SIGKILL');
    await goneWithin(mark, 5_000);
  }
}

async function goneWithin(mark: ProcessMark, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (isRunning(mark)) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return true;
}

/** Signals a process (or, negative, a process group); one that is gone already is what was wanted. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function startOf(pid: number): string | undefined {
  return process.platform === 'linux' ? startOnLinux(pid) : startFromPs(pid);
}

/** proc(5): field 22 of `stat` is the start in clock ticks since boot, so the boot belongs to it; field 3 is the state. */
function startOnLinux(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The command name in field 2 may hold blanks and brackets; what follows its last bracket does not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  if (state === 'Z' || state === 'X') return undefined;
  return `${bootId()}/${fields[19]}`;
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function startFromPs(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
