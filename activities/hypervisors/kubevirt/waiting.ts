/**
 * Waiting for an object by watching it: look once, then follow its events; look again when the server has forgotten
 * where we were (410) (https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Watch } from '@kubernetes/client-node';
import { z } from 'zod';

export interface Awaited<T> {
  /** Path of the object's collection. */
  path: string;
  name: string;
  list(): Promise<{ seen: T | null; resourceVersion: string }>;
  /** Reads an event's object; `undefined` if it cannot be read. */
  read(object: unknown): T | undefined;
  isWanted(seen: T | null): boolean;
  waitMs: number;
}

export interface Waiting {
  /** @returns whether it became as wanted within `waitMs`; faults on the way are sat out. */
  until<T>(what: Awaited<T>): Promise<boolean>;
}

/** One watch lasts no longer; a connection that died unnoticed is found out by then. */
const WATCH_MS = 30_000;
/** After a fault, before it is tried again. */
const PAUSE_MS = 250;

const Event = z.object({ metadata: z.object({ resourceVersion: z.string() }) });
const Expired = z.object({ code: z.literal(410) });

type Ending = 'wanted' | 'ended' | 'expired';

export function createWaiting(openWatch: () => Promise<Watch>): Waiting {
  /** Follows the events from a version on, which moves along. */
  async function follow<T>(what: Awaited<T>, from: { version: string }, untilMs: number): Promise<Ending> {
    const leftMs = Math.max(1, Math.min(WATCH_MS, untilMs - Date.now()));
    const query = {
      fieldSelector: `metadata.name=${what.name}`,
      resourceVersion: from.version,
      allowWatchBookmarks: true,
      timeoutSeconds: Math.ceil(leftMs / 1_000),
    };
    return new Promise<Ending>((resolve) => {
      let connection: AbortController | undefined;
      let isOver = false;
      const end = (ending: Ending): void => {
        isOver = true;
        clearTimeout(timer);
        connection?.abort();
        resolve(ending);
      };
      const timer = setTimeout(() => end('ended'), leftMs);
      const onEvent = (type: string, object: unknown): void => {
        if (isOver) return;
        if (type === 'ERROR') return end(Expired.safeParse(object).success ? 'expired' : 'ended');
        from.version = Event.safeParse(object).data?.metadata.resourceVersion ?? from.version;
        if (type === 'BOOKMARK') return;
        const seen = type === 'DELETED' ? null : what.read(object);
        if (seen !== undefined && what.isWanted(seen)) end('wanted');
      };
      const onEnd = (error: unknown): void => {
        const status = (error as { statusCode?: number } | null)?.statusCode;
        end(status === 410 ? 'expired' : 'ended');
      };
      openWatch()
        .then((watch) => watch.watch(what.path, query, onEvent, onEnd))
        .then((opened) => {
          connection = opened;
          if (isOver) opened.abort();
        }, onEnd);
    });
  }

  return {
    async until(what) {
      const untilMs = Date.now() + what.waitMs;
      let from: { version: string } | null = null;
      do {
        if (from === null) {
          const now = await what.list().catch(() => null);
          if (now !== null && what.isWanted(now.seen)) return true;
          if (now === null) {
            await sleep(Math.min(PAUSE_MS, what.waitMs));
            continue;
          }
          from = { version: now.resourceVersion };
        }
        const before: string = from.version;
        const startedMs = Date.now();
        const ending: Ending = await follow(what, from, untilMs);
        if (ending === 'wanted') return true;
        if (ending === 'expired') from = null;
        // It broke at once: look again, without hurry.
        else if (from.version === before && Date.now() - startedMs < PAUSE_MS) {
          from = null;
          await sleep(PAUSE_MS);
        }
      } while (Date.now() < untilMs);
      return false;
    },
  };
}
