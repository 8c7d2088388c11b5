/** Cursors: newest first, each naming the last row that was given, in 32 hex digits. Opaque to the reader. */
import { ApiProblem } from './problem.ts';

/** What a cursor looks like; anything that does is accepted. */
export const CURSOR_PATTERN = '^[0-9a-f]{32}$';

const CURSOR = new RegExp(CURSOR_PATTERN);
/** Postgres's largest bigint: beyond it lies nothing. */
const LARGEST_SEQ = 2n ** 63n - 1n;

export interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

/** The UUID to go on below, or `null` for the first page. @throws ApiProblem `invalid-request` */
export function readUuidCursor(cursor: string | undefined): string | null {
  return cursor === undefined ? null : checked(cursor);
}

/** The sequence number to go on below, as text, or `null` for the first page. @throws ApiProblem `invalid-request` */
export function readSeqCursor(cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  const seq = BigInt(`0x${checked(cursor)}`);
  return String(seq > LARGEST_SEQ ? LARGEST_SEQ : seq);
}

export function uuidCursor({ id }: { id: string }): string {
  return id.replaceAll('-', '');
}

export function seqCursor({ seq }: { seq: string }): string {
  return BigInt(seq).toString(16).padStart(32, '0');
}

function checked(cursor: string): string {
  if (CURSOR.test(cursor)) return cursor;
  throw new ApiProblem('invalid-request', {
    errors: [{ path: 'query.cursor', message: 'is not a cursor of this list' }],
  });
}

/** Makes a page of `limit + 1` rows asked for: the one too many only tells that there are more. */
export function toPage<Row>(rows: Row[], limit: number, cursorOf: (row: Row) => string): Page<Row> {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { data, nextCursor: more ? cursorOf(last) : null };
}
