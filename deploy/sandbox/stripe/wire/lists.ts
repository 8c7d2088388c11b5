import type { List } from '../objects/common.ts';
import { noSuch } from './errors.ts';
import type { ListParams } from './params.ts';

const DEFAULT_LIMIT = 10;

/**
 * One page of a list, newest first.
 *
 * @param records all that match, oldest first.
 * @throws ApiError 400 if the cursor names nothing in the list.
 */
export function page<T extends { id: string; created?: number }>(
  records: readonly T[],
  { limit = DEFAULT_LIMIT, starting_after, ending_before, created }: ListParams,
  url: string,
): List<T> {
  const newestFirst = records.filter((record) => wasCreated(record.created ?? 0, created)).reverse();
  const indexOf = (id: string, param: string): number => {
    const index = newestFirst.findIndex((record) => record.id === id);
    if (index < 0) throw noSuch('object', id, param);
    return index;
  };
  if (ending_before !== undefined) {
    const end = indexOf(ending_before, 'ending_before');
    const start = Math.max(0, end - limit);
    return { object: 'list', data: newestFirst.slice(start, end), has_more: start > 0, url };
  }
  const start = starting_after === undefined ? 0 : indexOf(starting_after, 'starting_after') + 1;
  const data = newestFirst.slice(start, start + limit);
  return { object: 'list', data, has_more: start + limit < newestFirst.length, url };
}

function wasCreated(at: number, filter: ListParams['created']): boolean {
  if (filter === undefined) return true;
  if (typeof filter === 'number') return at === filter;
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = filter;
  return at > gt && at >= gte && at < lt && at <= lte;
}
