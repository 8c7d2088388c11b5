/** Server-sent events of one order to one reader: the whole order at once and after each change. */
import type { Request, Response } from 'express';
import type { OrderView } from '../../schemas/api/shop.ts';
import type { OrderFeed } from './feed.ts';

const HEARTBEAT_MS = 15_000;
/** Changes come in bursts: what follows within this time goes into the same event. */
const GATHER_MS = 40;
/** How long to wait after a load that failed. */
const RETRY_MS = 2_000;

export interface OrderStream {
  feed: OrderFeed;
  subscriptionId: string;
  load: () => Promise<OrderView>;
  /** How to end each stream that is open; this one adds and removes itself. */
  openStreams: Set<() => void>;
}

/** Starts streaming until the reader leaves or it is ended. Rejects, with nothing sent, if the order cannot be loaded. */
export async function streamOrder(req: Request, res: Response, stream: OrderStream): Promise<void> {
  const { feed, subscriptionId, load, openStreams } = stream;
  let started = false;
  const refresh = gathered(async () => {
    if (started) sendOrder(res, await load());
  });
  // Watching begins before the first load, so that no change falls between the two.
  const unwatch = feed.watch(subscriptionId, refresh.ask);
  const stopWatching = (): void => {
    unwatch();
    refresh.stop();
  };
  try {
    const order = await load();
    sendHead(res);
    if (req.method === 'HEAD' || res.destroyed) {
      stopWatching();
      res.end();
      return;
    }
    sendOrder(res, order);
    started = true;
  } catch (error) {
    stopWatching();
    throw error;
  }
  const heartbeat = setInterval(() => res.write(': still here\n\n'), HEARTBEAT_MS);
  const end = (): void => {
    clearInterval(heartbeat);
    stopWatching();
    openStreams.delete(end);
    res.end();
  };
  res.once('close', end);
  openStreams.add(end);
}

function sendHead(res: Response): void {
  res.locals['streaming'] = true;
  res.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store, no-transform',
    // nginx would hold events back.
    'X-Accel-Buffering': 'no',
  });
  res.flushHeaders();
}

function sendOrder(res: Response, order: OrderView): void {
  const seq = order.timeline.at(-1)?.seq ?? 0;
  res.write(`event: order\nid: ${seq}\ndata: ${JSON.stringify(order)}\n\n`);
}

/** Runs `work` soon after it is asked for, never twice at once, and again after a failure. */
function gathered(work: () => Promise<void>): { ask: () => void; stop: () => void } {
  let timer: NodeJS.Timeout | null = null;
  let running = false;
  let askedMeanwhile = false;
  let stopped = false;

  const runAfter = (delayMs: number): void => {
    if (!stopped) timer ??= setTimeout(() => void run(), delayMs);
  };
  const run = async (): Promise<void> => {
    timer = null;
    running = true;
    askedMeanwhile = false;
    try {
      await work();
    } catch {
      runAfter(RETRY_MS);
    } finally {
      running = false;
      if (askedMeanwhile) runAfter(GATHER_MS);
    }
  };
  return {
    ask() {
      if (running) askedMeanwhile = true;
      else runAfter(GATHER_MS);
    },
    stop() {
      stopped = true;
      if (timer) clearTimeout(timer);
    },
  };
}
