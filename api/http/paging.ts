/** Cursors: newest first, each naming the last row that was given. Opaque to the reader. */
import { z } from 'zod';
import { ApiProblem } from './problem.ts';

const Uuid = z.uuid();
const Seq = z.string().regex(/^\d{1,18}$/);

export interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

/** The UUID to go on below, or `null` for the first page. @throws ApiProblem `invalid-request` */
export function readUuidCursor(cursor: string | undefined): string | null {
  return readCursor(cursor, Uuid);
}

/** The sequence number to go on below, as text, or `null` for the first page. @throws ApiProblem `invalid-request` */
export function readSeqCursor(cursor: string | undefined): string | null {
  return readCursor(cursor, Seq);
}

function readCursor(cursor: string | undefined, shape: z.ZodType<string>): string | null {
  if (cursor === undefined) return null;
  const parsed = shape.safeParse(Buffer.from(cursor, 'base64url').toString());
  if (parsed.success) return parsed.data;
  throw new ApiProblem('invalid-request', {
    errors: [{ path: 'query.cursor', message: 'is not a cursor of this list' }],
  });
}

/** Makes a page of `limit + 1` rows asked for: the one too many only tells that there are more. */
export function toPage<Row>(rows: Row[], limit: number, position: (row: Row) => string): Page<Row> {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { data, nextCursor: more ? Buffer.from(position(last)).toString('base64url') : null };
}
