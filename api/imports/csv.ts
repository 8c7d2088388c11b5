/** Reading CSV (RFC 4180): fields between commas or semicolons, quoted where they hold one, a quote or a line break. */

/** A file that cannot be read as CSV; `message` names the line. */
export class CsvError extends Error {
  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.name = 'CsvError';
  }
}

/**
 * The rows below the header, each by the header's names. Spreadsheets that write commas as decimal marks separate by semicolons; the
 * header tells which it is.
 *
 * @throws CsvError
 */
export function readCsv(text: string): Record<string, string>[] {
  const rows = readRows(text.replace(/^\uFEFF/, ''));
  const [header, ...others] = rows;
  if (!header) throw new CsvError(1, 'the header is missing');
  return others.map(({ line, fields }) => {
    if (fields.length !== header.fields.length) {
      throw new CsvError(line, `has ${fields.length} fields, the header ${header.fields.length}`);
    }
    return Object.fromEntries(
      header.fields.map((name, index) => [name.trim(), (fields[index] ?? '').trim()]),
    );
  });
}

interface Row {
  line: number;
  fields: string[];
}

function readRows(text: string): Row[] {
  const separator = (text.split('\n', 1)[0] ?? '').includes(';') ? ';' : ',';
  const rows: Row[] = [];
  let line = 1;
  let start = 1;
  let fields: string[] = [];
  let field = '';
  let isQuoted = false;
  const endRow = (): void => {
    fields.push(field);
    if (fields.some((each) => each.trim() !== '')) rows.push({ line: start, fields });
    [fields, field] = [[], ''];
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '\n') line += 1;
    if (isQuoted) {
      if (char !== '"') field += char;
      else if (text.charAt(at + 1) === '"') {
        field += '"';
        at += 1;
      } else isQuoted = false;
    } else if (char === '"') {
      if (field.trim() !== '') throw new CsvError(line, 'a quote stands in the middle of a field');
      [field, isQuoted] = ['', true];
    } else if (char === separator) {
      fields.push(field);
      field = '';
    } else if (char === '\n') {
      endRow();
      start = line;
    } else if (char !== '\r') field += char;
  }
  if (isQuoted) throw new CsvError(start, 'a quote is not closed');
  endRow();
  return rows;
}
