import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import pino, { type Logger } from 'pino';
import { readJson, writeJson } from '../../workers/local/files.ts';
import { endLeftovers } from '../../workers/local/lock.ts';
import { endProcess, isRunning, markProcess, type ProcessMark } from '../../workers/local/processes.ts';

const root = path.resolve('.tenure/test');
const ownerFile = 'owner.json';
const processesFile = 'processes.json';

/** The directory of one test run, with what runs in it. */
export interface Lab {
  /** A directory of this run; created when missing. */
  dir(name: string): string;
  /** A logger into `<name>.log` of this run's directory. */
  log(name: string): Logger;
  /** Notes a process, so that a later run can end it if this one is killed. */
  note(pid: number): void;
  /** Registers what is to be undone at the end of the run; the last one registered is undone first. */
  onEnd(undo: () => Promise<unknown>): void;
  /** Undoes everything and removes the directory, unless KEEP_TEST_STATE is set. */
  close(): Promise<void>;
}

let open: Promise<Lab> | undefined;

/** The lab of this mocha run, opened at first use. */
export function lab(): Promise<Lab> {
  return (open ??= openLab());
}

/** Closes the lab if any test used it. */
export async function closeLab(): Promise<void> {
  await (await open)?.close();
  open = undefined;
}

async function openLab(): Promise<Lab> {
  mkdirSync(root, { recursive: true });
  await sweep();
  const directory = mkdtempSync(path.join(root, `${process.pid}-`));
  writeJson(path.join(directory, ownerFile), markProcess(process.pid));
  const marks: ProcessMark[] = [];
  const undos: (() => Promise<unknown>)[] = [];
  return {
    dir: (name) => {
      const file = path.join(directory, name);
      mkdirSync(file, { recursive: true });
      return file;
    },
    log: (name) =>
      pino(
        { name, level: 'debug' },
        pino.destination({ dest: path.join(directory, `${name}.log`), sync: true }),
      ),
    note: (pid) => {
      const mark = markProcess(pid);
      if (mark) marks.push(mark);
      writeJson(path.join(directory, processesFile), marks);
    },
    onEnd: (undo) => undos.push(undo),
    close: async () => {
      for (const undo of undos.reverse()) await undo();
      if (!process.env.KEEP_TEST_STATE) rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Ends and removes what runs that were killed have left. */
async function sweep(): Promise<void> {
  for (const name of readdirSync(root)) {
    const directory = path.join(root, name);
    const owner = readJson<ProcessMark>(path.join(directory, ownerFile));
    // Without an owner it is being made by another run right now.
    if (!owner || isRunning(owner) || !existsSync(directory)) continue;
    for (const mark of readJson<ProcessMark[]>(path.join(directory, processesFile)) ?? []) {
      await endProcess(mark, 'SIGTERM', 20_000);
    }
    // A killed run of `npm start` has left children of its own.
    for (const inner of readdirSync(directory, { withFileTypes: true })) {
      if (inner.isDirectory()) await endLeftovers((...names) => path.join(directory, inner.name, ...names));
    }
    rmSync(directory, { recursive: true, force: true });
  }
}
