import assert from 'node:assert/strict';
import { type Page, readPages, searchPages } from '../../../activities/http/paging.ts';
import { TenureFailure } from '../../../schemas/failures.ts';

const idOf = (id: string): string => id;

/** Reads a list whose pages are given by their cursor; the first one's is empty. */
function readFrom(pages: Record<string, Page<string>>): AsyncGenerator<Page<string>> {
  return readPages((cursor) => Promise.resolve(pages[cursor] ?? assert.fail(`no page ${cursor}`)), idOf);
}

async function collect(pages: AsyncIterable<Page<string>>): Promise<string[]> {
  const all: string[] = [];
  for await (const { items } of pages) all.push(...items);
  return all;
}

const failsWith =
  (reason: string) =>
  (error: unknown): boolean =>
    error instanceof TenureFailure && error.kind === 'retryable' && error.details.reason === reason;

describe('paging', () => {
  it('follows the cursors to the empty one', async () => {
    const pages = readFrom({
      '': { items: ['a', 'b'], total: 3, next: 'x' },
      x: { items: ['c'], total: 3, next: '' },
    });
    assert.deepEqual(await collect(pages), ['a', 'b', 'c']);
  });

  it('gives an item once that slipped to a later page meanwhile', async () => {
    const pages = readFrom({
      '': { items: ['a', 'b'], total: 3, next: 'x' },
      x: { items: ['b', 'c'], total: 4, next: '' },
    });
    assert.deepEqual(await collect(pages), ['a', 'b', 'c']);
  });

  it('fails when the cursors lead in a circle', async () => {
    const pages = readFrom({
      '': { items: ['a'], total: 3, next: 'x' },
      x: { items: ['b'], total: 3, next: 'x' },
    });
    await assert.rejects(collect(pages), failsWith('unexpected-answer'));
  });

  it('does not take a list that shrank while it was read as proof of absence', async () => {
    const shrinking = (): AsyncGenerator<Page<string>> =>
      readFrom({
        '': { items: ['a', 'b'], total: 4, next: 'x' },
        x: { items: ['d'], total: 3, next: '' },
      });
    await assert.rejects(
      searchPages(shrinking(), (id) => id === 'c'),
      failsWith('list-moved'),
    );
    assert.deepEqual(await searchPages(shrinking(), (id) => id === 'd'), ['d']);
  });

  it('proves absence by a whole list, also by one that grew', async () => {
    const growing = readFrom({
      '': { items: ['a', 'b'], total: 2, next: 'x' },
      x: { items: ['d'], total: 3, next: '' },
    });
    assert.deepEqual(await searchPages(growing, (id) => id === 'c'), []);
  });
});
