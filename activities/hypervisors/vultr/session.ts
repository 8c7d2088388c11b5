/** One account's calls: signed, paced, read by their shape, and listed page by page. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { readJson } from '../../http/answers.ts';
import { type Api, createApi } from '../../http/api.ts';
import { createHttpClient } from '../../http/client.ts';
import type { Pace } from '../../http/pace.ts';
import { type Page, readPages } from '../../http/paging.ts';
import { failureOf, stillBusy } from './failures.ts';

export interface Session extends Api {
  /** A whole list; its items are told apart by `id`. */
  pages<T extends { id: string | number }>(path: string, shape: z.ZodType<Page<T>>): AsyncIterable<Page<T>>;
  /** Looks until `isReady`. @throws TenureFailure `retryable` (`locked`) after about the time limit of one call. */
  until<T>(look: () => Promise<T>, isReady: (seen: T) => boolean, what: string): Promise<T>;
}

export interface SessionOptions {
  apiKey: string;
  apiBase: string;
  timeoutMs: number;
  pollMs: number;
  requestsPerSecond: number;
  pace?: Pace;
}

/** The largest page there is. */
const PAGE_SIZE = 500;

/** A list that does not say whether it goes on must not pass for a whole one. */
const Meta = z
  .object({ total: z.int(), links: z.object({ next: z.string() }) })
  .transform(({ total, links }) => ({ total, next: links.next }));

/** The shape of a page whose items are under `member`. */
export function pageOf<T>(member: string, item: z.ZodType<T>): z.ZodType<Page<T>> {
  const Envelope = z.object({ [member]: z.array(item), meta: Meta });
  return Envelope.transform((page) => {
    const { total, next } = page['meta'] as z.output<typeof Meta>;
    return { items: page[member] as T[], total, next };
  });
}

export function createSession(options: SessionOptions): Session {
  const { apiKey, apiBase, timeoutMs, pollMs, requestsPerSecond, pace } = options;
  const headers = { Authorization: `Bearer ${apiKey}` };
  const api = createApi(
    createHttpClient({ api: 'Vultr', baseUrl: apiBase, timeoutMs, headers, requestsPerSecond, pace }),
    (exchange) => failureOf(exchange, [apiKey]),
  );
  return {
    ...api,
    pages: (path, shape) =>
      readPages(
        async (cursor) => {
          const query = { per_page: PAGE_SIZE, ...(cursor !== '' && { cursor }) };
          return readJson(shape, await api.call({ method: 'GET', path, query }));
        },
        ({ id }) => String(id),
      ),
    async until(look, isReady, what) {
      const giveUpAt = Date.now() + timeoutMs;
      for (;;) {
        const seen = await look();
        if (isReady(seen)) return seen;
        if (Date.now() >= giveUpAt) throw stillBusy(what);
        await sleep(pollMs);
      }
    },
  };
}
