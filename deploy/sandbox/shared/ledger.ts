import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** One thing that a stand-in really did to its world. */
export interface LedgerEntry {
  /** UTC, ISO 8601 with milliseconds. */
  at: string;
  /** The stand-in, e.g. `vultr`. */
  api: string;
  /** What happened, e.g. `instance.created`. */
  effect: string;
  /** The id of the thing it happened to. */
  id: string;
  /** The caller's own key for the effect, where it gave one. */
  key?: string;
  detail: Record<string, unknown>;
}

/** The append-only record of effects: what fault tests believe when client and database disagree. */
export interface Ledger {
  /** Appends one entry, stamped with the time; on disk when it returns. */
  record(entry: { effect: string; id: string; key?: string; detail?: Record<string, unknown> }): void;
  /** All entries, oldest first. */
  read(): LedgerEntry[];
}

/**
 * Opens (or creates) a ledger file of one JSON object per line.
 *
 * @param file its path; the directory is created.
 * @param api the name of the stand-in, written into every entry.
 */
export function openLedger(file: string, api: string): Ledger {
  mkdirSync(dirname(file), { recursive: true });
  if (!existsSync(file)) writeFileSync(file, '');
  dropTornLine(file);
  return {
    record: ({ effect, id, key, detail = {} }) => {
      const entry: LedgerEntry = { at: new Date().toISOString(), api, effect, id, key, detail };
      appendFileSync(file, `${JSON.stringify(entry)}\n`);
    },
    read: () => readLedger(file),
  };
}

/** Reads a ledger file, also while its stand-in is running or dead. */
export function readLedger(file: string): LedgerEntry[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as LedgerEntry);
}

/** A kill in the middle of a write leaves half a line; the next entry must not be glued to it. */
function dropTornLine(file: string): void {
  const bytes = readFileSync(file);
  const end = bytes.lastIndexOf('\n') + 1;
  if (end < bytes.length) truncateSync(file, end);
}
