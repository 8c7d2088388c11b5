import { z } from 'zod';
import { edgeIdPattern, type IdKind } from '../ids.ts';

/** An id as it stands at the edge, e.g. `sub_` and 32 hex digits. */
export function EdgeId(kind: IdKind) {
  return z.string().regex(edgeIdPattern(kind), `must be an id like ${kind}'s "…_" and 32 hex digits`);
}

export const Instant = z.iso.datetime({ offset: true });

/** Cursor paging: newest first; `nextCursor` is opaque and `null` on the last page. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
});
export type PageQuery = z.infer<typeof PageQuery>;

export function PageOf<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), nextCursor: z.string().nullable() });
}

/** An error as RFC 9457 has it, with the next step for the reader. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  instance: z.string().optional(),
  /** Machine-readable reason in kebab-case. */
  reason: z.string(),
  /** What to do now, one sentence. */
  nextStep: z.string(),
  /** Wrong fields of the request, for status 400 and 422. */
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof Problem>;
