/** Reading lists that come in pages, each of which names the next one. */
import { TenureFailure } from '../../schemas/failures.ts';
import { LIST_MOVED, UNEXPECTED_ANSWER } from './failures.ts';

export interface Page<T> {
  items: T[];
  /** How many items the whole list has, as this page says. */
  total: number;
  /** Cursor of the next page; empty on the last one. */
  next: string;
}

/**
 * All pages of a list, each item once even if it moved to a later page meanwhile.
 *
 * @param fetchPage reads one page; the cursor of the first one is empty.
 * @throws TenureFailure `retryable` (`unexpected-answer`) if the cursors lead in a circle.
 */
export async function* readPages<T>(
  fetchPage: (cursor: string) => Promise<Page<T>>,
  idOf: (item: T) => string,
): AsyncGenerator<Page<T>> {
  const seen = new Set<string>();
  const cursors = new Set<string>();
  let cursor = '';
  do {
    if (cursors.has(cursor)) {
      throw new TenureFailure('retryable', 'A list’s pages lead in a circle.', { reason: UNEXPECTED_ANSWER });
    }
    cursors.add(cursor);
    const page = await fetchPage(cursor);
    const fresh = page.items.filter((item) => !seen.has(idOf(item)));
    for (const item of fresh) seen.add(idOf(item));
    yield { ...page, items: fresh };
    cursor = page.next;
  } while (cursor !== '');
}

/**
 * The items of a list that `isWanted` picks.
 *
 * @throws TenureFailure `retryable` (`list-moved`) if none was found and the list shrank while it was read: one may have
 * slipped from an unread page to one already read, and absence is what decides whether something is made again.
 */
export async function searchPages<T>(
  pages: AsyncIterable<Page<T>>,
  isWanted: (item: T) => boolean,
): Promise<T[]> {
  const found: T[] = [];
  let read = 0;
  let promised = 0;
  for await (const { items, total } of pages) {
    read += items.length;
    promised = Math.max(promised, total);
    found.push(...items.filter(isWanted));
  }
  if (found.length === 0 && read < promised) {
    throw new TenureFailure(
      'retryable',
      `A list changed while it was read: ${read} of ${promised} items came.`,
      {
        reason: LIST_MOVED,
      },
    );
  }
  return found;
}
