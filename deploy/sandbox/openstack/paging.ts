import { badRequest } from './errors.ts';

/** Larger pages are cut to this, without a word. */
const MAX_LIMIT = 1_000;

/**
 * Cuts the page that `limit` and `marker` (the id of the last thing seen) ask for.
 *
 * @param items the whole list in its order.
 * @throws ApiError 400 for a limit that is none or a marker that is not in the list.
 */
export function pageOf<T extends { id: string }>(
  items: readonly T[],
  { limit = String(MAX_LIMIT), marker }: { limit?: string; marker?: string },
): { shown: T[]; next: string | null } {
  if (!/^\d+$/.test(limit)) throw badRequest('Invalid input for query parameters limit.');
  const size = Math.min(Number(limit), MAX_LIMIT);
  const after = marker === undefined ? -1 : items.findIndex(({ id }) => id === marker);
  if (marker !== undefined && after < 0) throw badRequest(`marker [${marker}] not found`);
  const shown = items.slice(after + 1, after + 1 + size);
  const isFull = shown.length === size && size > 0;
  return { shown, next: isFull ? (shown.at(-1)?.id ?? null) : null };
}
