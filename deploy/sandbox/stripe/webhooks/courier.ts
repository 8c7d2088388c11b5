import { unixNow } from '../objects/common.ts';
import type { Delivery } from '../world/state.ts';
import { NOBODY } from '../world/tx.ts';
import type { World } from '../world/world.ts';
import { signatureHeader } from './signature.ts';

/** What became of one try to deliver an event. */
export interface DeliveryResult {
  event: string;
  type: string;
  /** The endpoint's status; null if it gave no answer. */
  status: number | null;
}

/** Takes events to the webhook endpoint, again and again until it answers 2xx. */
export interface Courier {
  /** Looks for deliveries that are due. */
  wake(): void;
  /** Delivers an event `times` more, one after the other or all at once, whatever became of it before. */
  redeliver(event: string, times: number, atOnce: boolean): Promise<DeliveryResult[]>;
  /**
   * Delivers what is held, one after the other: first in the order given (event ids, or types), then the rest.
   * What the endpoint does not take is tried again later like any other.
   */
  release(order: string[]): Promise<DeliveryResult[]>;
  close(): void;
}

const MAX_AT_ONCE = 8;
const TIMEOUT_MS = 20_000;
const LONGEST_WAIT_MS = 60_000;
const GIVES_UP_AFTER_ATTEMPTS = 60;

/** @param firstRetryMs wait before the second try; it doubles with each further one. */
export function createCourier(world: World, firstRetryMs: number): Courier {
  const underWay = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const due = (nowMs: number): string[] =>
    Object.values(world.state.deliveries)
      .filter(({ held, dueAtMs, event }) => !held && dueAtMs <= nowMs && !underWay.has(event))
      .slice(0, MAX_AT_ONCE - underWay.size)
      .map(({ event }) => event);

  const wake = (): void => {
    if (closed) return;
    for (const event of due(Date.now())) void attempt(event).finally(wake);
    const waiting = Object.values(world.state.deliveries)
      .filter(({ held, event }) => !held && !underWay.has(event))
      .map(({ dueAtMs }) => dueAtMs);
    clearTimeout(timer);
    if (waiting.length === 0 || underWay.size >= MAX_AT_ONCE) return;
    timer = setTimeout(wake, Math.max(1, Math.min(...waiting) - Date.now()));
  };

  const attempt = async (event: string): Promise<DeliveryResult> => {
    underWay.add(event);
    const result = await post(world, event);
    underWay.delete(event);
    if (!closed) note(world, event, result, firstRetryMs);
    return result;
  };

  return {
    wake,
    redeliver: async (event, times, atOnce) => {
      const tries = Array.from({ length: times }, () => event);
      return atOnce
        ? Promise.all(tries.map((id) => post(world, id)))
        : oneByOne(tries, (id) => post(world, id));
    },
    release: async (order) => {
      world.state.settings.holding = false;
      world.saveSettings();
      const held = Object.values(world.state.deliveries).filter((delivery) => delivery.held);
      const events = inOrder(world, held, order);
      const results = await oneByOne(events, attempt);
      wake();
      return results;
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}

async function post(world: World, eventId: string): Promise<DeliveryResult> {
  const event = world.state.events[eventId];
  const { webhookUrl, webhookSecrets } = world.state.settings;
  if (!event || webhookUrl === null) return { event: eventId, type: event?.type ?? '', status: null };
  // Stripe sends it indented: whoever verifies a re-serialised body fails.
  const body = JSON.stringify({ ...event, pending_webhooks: 1 }, null, 2);
  try {
    const response = await fetch(webhookUrl, {
      method: 'POST',
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        'stripe-signature': signatureHeader(body, webhookSecrets, unixNow()),
      },
    });
    await response.arrayBuffer();
    return { event: eventId, type: event.type, status: response.status };
  } catch {
    return { event: eventId, type: event.type, status: null };
  }
}

function note(world: World, event: string, { status }: DeliveryResult, firstRetryMs: number): void {
  world.transact(NOBODY, (tx) => {
    const delivery = tx.get('deliveries', event);
    if (!delivery) return;
    const attempts = delivery.attempts + 1;
    const taken = status !== null && status >= 200 && status < 300;
    if (taken || attempts >= GIVES_UP_AFTER_ATTEMPTS) return tx.remove('deliveries', event);
    const waitMs = Math.min(LONGEST_WAIT_MS, firstRetryMs * 2 ** (attempts - 1));
    tx.put('deliveries', event, { event, attempts, dueAtMs: Date.now() + waitMs, held: false });
  });
}

function inOrder(world: World, held: Delivery[], order: string[]): string[] {
  const place = ({ event }: Delivery): number => {
    const type = world.state.events[event]?.type ?? '';
    const index = order.findIndex((wanted) => wanted === event || wanted === type);
    return index < 0 ? order.length : index;
  };
  return [...held].sort((a, b) => place(a) - place(b)).map(({ event }) => event);
}

async function oneByOne(
  events: string[],
  act: (event: string) => Promise<DeliveryResult>,
): Promise<DeliveryResult[]> {
  const results: DeliveryResult[] = [];
  for (const event of events) results.push(await act(event));
  return results;
}
