import { linkSync, rmSync, writeFileSync } from 'node:fs';
import { StartError } from './errors.ts';
import { readJson, writeJson } from './files.ts';
import { endProcess, isRunning, markProcess, type ProcessMark } from './processes.ts';
import type { State } from './state.ts';

/** A child as it is written down for the start after a crash. */
interface ChildRecord {
  name: string;
  mark: ProcessMark;
  signal: NodeJS.Signals;
}

/** What is known about running children, on disk. */
export interface ChildRecords {
  /** @param signal the one that ends it gently. */
  note(name: string, pid: number, signal: NodeJS.Signals): void;
  forget(name: string): void;
}

const childGraceMs = 15_000;

/**
 * Makes this process the only one that runs on the state directory.
 *
 * @returns gives the place back.
 * @throws StartError when another one runs.
 */
export function takeLock(state: State): () => void {
  const file = state.path('supervisor.json');
  const draft = `${file}.${process.pid}`;
  for (;;) {
    writeFileSync(draft, JSON.stringify(markProcess(process.pid)));
    try {
      // Unlike a rename, a link fails when the name is taken.
      linkSync(draft, file);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    const holder = readJson<ProcessMark>(file);
    if (holder && isRunning(holder)) throw new StartError(alreadyRunning(state, holder.pid));
    rmSync(file, { force: true });
  }
}

/**
 * Ends the children of a run that was killed; exactly those, told apart from later processes by their start.
 *
 * @param pathOf of the run's state directory.
 * @returns their names.
 */
export async function endLeftovers(pathOf: State['path']): Promise<string[]> {
  const file = pathOf('processes.json');
  const alive = (readJson<ChildRecord[]>(file) ?? []).filter(({ mark }) => isRunning(mark));
  for (const { mark, signal } of alive.reverse()) await endProcess(mark, signal, childGraceMs);
  rmSync(file, { force: true });
  return alive.map(({ name }) => name);
}

/** Keeps the records of this run's children; in the order in which they were started. */
export function keepRecords(state: State): ChildRecords {
  const file = state.path('processes.json');
  let records: ChildRecord[] = [];
  const change = (next: ChildRecord[]): void => {
    records = next;
    if (records.length > 0) writeJson(file, records);
    else rmSync(file, { force: true });
  };
  return {
    note: (name, pid, signal) => {
      const mark = markProcess(pid);
      const others = records.filter((record) => record.name !== name);
      change(mark ? [...others, { name, mark, signal }] : others);
    },
    forget: (name) => change(records.filter((record) => record.name !== name)),
  };
}

function alreadyRunning(state: State, pid: number): string {
  const shop = readJson<{ addresses?: { shop?: string } }>(state.path('runtime.json'))?.addresses?.shop;
  return `Tenure is already running here (process ${pid}${shop ? `, shop at ${shop}` : ''}); use that one, or stop it with Ctrl-C in its terminal or "kill ${pid}".`;
}
