/** The servers in a file: JSON as the API takes it, or a table with one server in each row. */
import { readFile } from 'node:fs/promises';
import { ImportEntry } from '../../schemas/imports/entry.ts';
import { CsvError, readCsv } from './csv.ts';

/** The file cannot be used; `message` has one sentence per mistake, each in a line of its own. */
export class ImportFileError extends Error {
  constructor(file: string, mistakes: string[]) {
    super(`${file} cannot be used:\n  ${mistakes.join('\n  ')}`);
    this.name = 'ImportFileError';
  }
}

/** A table's columns; all others have the names of the entry's own fields. */
const COLUMNS: Record<string, [string, string]> = {
  email: ['customer', 'email'],
  name: ['customer', 'name'],
  language: ['customer', 'language'],
  billing: ['billing', 'kind'],
  subscription: ['billing', 'subscription'],
};

/** @throws ImportFileError */
export async function readImportFile(file: string): Promise<ImportEntry[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new ImportFileError(file, [`It cannot be read (${(cause as NodeJS.ErrnoException).code ?? ''}).`]);
  }
  const isTable = /\.csv$/i.test(file);
  const found = isTable ? entriesOfTable(file, text) : entriesOfJson(file, text);
  const entries: ImportEntry[] = [];
  const mistakes: string[] = [];
  for (const [index, entry] of found.entries()) {
    const parsed = ImportEntry.safeParse(entry);
    if (parsed.success) entries.push(parsed.data);
    else {
      const where = isTable ? `row ${index + 1}` : `entries.${index}`;
      mistakes.push(
        ...parsed.error.issues.map((issue) => `${where}, ${issue.path.join('.')}: ${issue.message}`),
      );
    }
  }
  if (found.length === 0) mistakes.push('There is no server in it.');
  if (mistakes.length > 0) throw new ImportFileError(file, mistakes);
  return entries;
}

function entriesOfJson(file: string, text: string): unknown[] {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new ImportFileError(file, [`It is not JSON: ${cause instanceof Error ? cause.message : ''}`]);
  }
  const entries = Array.isArray(content) ? content : (content as { entries?: unknown } | null)?.entries;
  if (Array.isArray(entries)) return entries as unknown[];
  throw new ImportFileError(file, ['It holds no list of entries.']);
}

function entriesOfTable(file: string, text: string): unknown[] {
  try {
    return readCsv(text).map(toEntry);
  } catch (error) {
    if (error instanceof CsvError) throw new ImportFileError(file, [error.message]);
    throw error;
  }
}

/** An empty field is one that was left out. */
function toEntry(row: Record<string, string>): Record<string, unknown> {
  const entry: Record<string, unknown> = { customer: {}, billing: {} };
  for (const [name, text] of Object.entries(row)) {
    if (text === '') continue;
    const [outer, inner] = COLUMNS[name] ?? [];
    if (outer !== undefined && inner !== undefined) (entry[outer] as Record<string, unknown>)[inner] = text;
    else entry[name] = name === 'port' ? Number(text) : text;
  }
  return entry;
}
