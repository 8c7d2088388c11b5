/**
 * Tells who watches an order that it changed. One connection listens for all of them; it is there only while somebody watches, and is
 * made again when it breaks.
 */
import type pg from 'pg';
import type { Logger } from 'pino';
import { createListener } from '../../schemas/db/connection.ts';

/** What the database's triggers on timeline and subscriptions announce on, with the subscription's id. */
const CHANNEL = 'tenure_orders';
const RECONNECT_MS = 1_000;

export interface OrderFeed {
  /** Calls `changed` after every change of the order and after a gap in which one may have been missed. Returns how to stop. */
  watch(subscriptionId: string, changed: () => void): () => void;
}

export function createOrderFeed({ url, logger }: { url: string; logger: Logger }): OrderFeed {
  const watchers = new Map<string, Set<() => void>>();
  let client: pg.Client | null = null;
  let retry: NodeJS.Timeout | null = null;

  const tell = (subscriptionId: string): void =>
    watchers.get(subscriptionId)?.forEach((changed) => changed());

  const connect = async (): Promise<void> => {
    const opened = createListener({
      connectionString: url,
      application_name: 'tenure-order-feed',
    });
    client = opened;
    opened.on('notification', ({ payload }) => tell(payload ?? ''));
    const lost = (error?: Error): void => {
      if (client !== opened) return;
      client = null;
      logger.warn({ err: error }, 'order feed interrupted');
      retry ??= setTimeout(() => {
        retry = null;
        update();
      }, RECONNECT_MS);
    };
    opened.on('error', lost);
    opened.on('end', () => lost());
    try {
      await opened.connect();
      await opened.query(`listen ${CHANNEL}`);
      for (const subscriptionId of watchers.keys()) tell(subscriptionId);
    } catch (error) {
      lost(error instanceof Error ? error : undefined);
      await opened.end().catch(() => undefined);
    }
  };

  const disconnect = (): void => {
    const closing = client;
    client = null;
    closing?.end().catch(() => undefined);
    if (retry) clearTimeout(retry);
    retry = null;
  };

  /** Connected if and only if somebody watches. */
  const update = (): void => {
    if (watchers.size === 0) disconnect();
    else if (client === null && retry === null) void connect();
  };

  return {
    watch(subscriptionId, changed) {
      const others = watchers.get(subscriptionId) ?? new Set();
      watchers.set(subscriptionId, others.add(changed));
      update();
      return () => {
        others.delete(changed);
        if (others.size === 0 && watchers.get(subscriptionId) === others) watchers.delete(subscriptionId);
        update();
      };
    },
  };
}
