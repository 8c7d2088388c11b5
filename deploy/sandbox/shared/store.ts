import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** The names of those members of `T` that are collections of records by id. */
type Collections<T> = {
  [K in keyof T]: T[K] extends Record<string, unknown> ? K : never;
}[keyof T] &
  string;

/** State that survives a SIGKILL of the process: everything saved is found again by the next `openStore`. */
export interface Store<T extends object> {
  /** Change it freely, then `save` what changed before answering the caller. */
  readonly state: T;
  /** Writes one record of a collection (or its absence, when it was deleted from `state`). Durable on return. */
  save(collection: Collections<T>, id: string): void;
  /** Writes one whole top-level member: a setting, a counter, or a small collection. Durable on return. */
  saveAll(member: keyof T & string): void;
  close(): void;
}

/** One line of the file: a whole member, or one record of it; no value means that it is gone. */
interface Line {
  member: string;
  id?: string;
  value?: unknown;
}

/**
 * Opens (or creates) a state file: a log of changed records, replayed and compacted on opening, so that a save
 * costs the size of one record however much state there is.
 *
 * "Durable" is meant against the death of this process, not of the machine: nothing is fsynced.
 *
 * @param file path of the log; its directory is created.
 * @param initial the state of a fresh stand-in; members added later to it are filled into old files.
 */
export function openStore<T extends object>(file: string, initial: () => T): Store<T> {
  mkdirSync(dirname(file), { recursive: true });
  const state = initial();
  if (existsSync(file)) replay(file, state as Record<string, unknown>);
  compact(file, state as Record<string, unknown>);
  const fd = openSync(file, 'a');
  const append = (line: Line): void => {
    writeSync(fd, `${JSON.stringify(line)}\n`);
  };
  return {
    state,
    save(collection, id) {
      const records = state[collection] as Record<string, unknown>;
      append({ member: collection, id, value: records[id] });
    },
    saveAll(member) {
      append({ member, value: state[member] });
    },
    close: () => closeSync(fd),
  };
}

function replay(file: string, state: Record<string, unknown>): void {
  const lines = readFileSync(file, 'utf8').split('\n');
  // After the last newline there is either nothing or a record cut off by a kill: that change never happened.
  lines.pop();
  for (const text of lines) {
    const { member, id, value } = JSON.parse(text) as Line;
    if (id === undefined) state[member] = value;
    else if (value === undefined) delete (state[member] as Record<string, unknown>)[id];
    else (state[member] as Record<string, unknown>)[id] = value;
  }
}

/** Rewrites the log as one line per member; a kill in between leaves either the old or the new file. */
function compact(file: string, state: Record<string, unknown>): void {
  const lines = Object.entries(state).map(([member, value]) =>
    JSON.stringify({ member, value } satisfies Line),
  );
  writeFileSync(`${file}.new`, lines.map((line) => `${line}\n`).join(''));
  renameSync(`${file}.new`, file);
}
