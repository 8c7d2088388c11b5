/**
 * The relay: takes messages from the outbox and delivers each at least once. A message is leased, not locked, so a relay that dies loses
 * nothing: another takes the message when the lease is over. Receivers tell repetitions by keys and versions.
 */
import pg from 'pg';
import type { Logger } from 'pino';
import { createListener, mortalConnections } from '../../schemas/db/connection.ts';
import { OUTBOX_CHANNEL, type OutboxKind, type OutboxPayloads } from '../../schemas/db/outbox.ts';

export interface OutboxMessage<K extends OutboxKind = OutboxKind> {
  id: string;
  tenantId: string;
  kind: K;
  subjectId: string;
  payload: OutboxPayloads[K];
  attempts: number;
}

export interface RelayOptions {
  /** As the gateway role. */
  databaseUrl: string;
  /** Delivers one message; a throw means "again later". */
  deliver: (message: OutboxMessage) => Promise<void>;
  /** Whether the other side is away or busy: its return is for all messages at once, so each is tried again soon. */
  isOutage: (error: unknown) => boolean;
  logger: Logger;
  /** Messages under way at once. */
  concurrency?: number;
}

export interface Relay {
  stop(): Promise<void>;
}

const LEASE_MS = 5_000;
const LONGEST_BACKOFF_MS = 60_000;
const FIRST_WAIT_OF_OUTAGE_MS = 250;
const LONGEST_WAIT_OF_OUTAGE_MS = 5_000;
/** A look without a notification: mends lost notifications and finds messages whose lease is over. */
const LOOK_MS = 1_000;
const RECONNECT_MS = 500;
const KEEP_DELIVERED = '7 days';
const SWEEP_MS = 3_600_000;

const CLAIM = `
  update outbox set attempts = attempts + 1,
    available_at = now() + least($2::int * power(2, least(attempts, 10)), $3::int) * interval '1 millisecond'
  where id in (
    select id from outbox where delivered_at is null and available_at <= now() order by id limit $1 for update skip locked
  )
  returning id, tenant_id as "tenantId", kind, subject_id as "subjectId", payload, attempts`;

const NOTE_FAILURE = `
  update outbox set last_error = $2, available_at = case when $3::boolean
    then now() + least($4::int * power(2, least(attempts, 10)), $5::int) * interval '1 millisecond' else available_at end
  where id = $1`;

/** Starts relaying; returns at once and connects (and reconnects) by itself. */
export function startRelay({
  databaseUrl,
  deliver,
  isOutage,
  logger,
  concurrency = 16,
}: RelayOptions): Relay {
  let stopping = false;
  let wake: () => void = () => undefined;
  const underWay = new Set<Promise<void>>();
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4, ...mortalConnections() });
  pool.on('error', (error) => logger.warn({ err: error }, 'outbox connection lost'));

  const nudge = (): void => wake();
  const rest = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function deliverOne(message: OutboxMessage): Promise<void> {
    try {
      await deliver(message);
      await pool.query('update outbox set delivered_at = now(), last_error = null where id = $1', [
        message.id,
      ]);
    } catch (error) {
      logger.warn(
        { err: error, outbox: message.id, kind: message.kind, attempts: message.attempts },
        'delivery failed',
      );
      const text = error instanceof Error ? error.message : String(error);
      // Best effort: without it the lease brings the message back all the same.
      await pool
        .query(NOTE_FAILURE, [
          message.id,
          text,
          isOutage(error),
          FIRST_WAIT_OF_OUTAGE_MS,
          LONGEST_WAIT_OF_OUTAGE_MS,
        ])
        .catch(() => undefined);
    }
  }

  async function turn(): Promise<boolean> {
    const room = concurrency - underWay.size;
    if (room <= 0) return false;
    const { rows } = await pool.query<OutboxMessage>(CLAIM, [room, LEASE_MS, LONGEST_BACKOFF_MS]);
    for (const message of rows) {
      const work = deliverOne(message).finally(() => {
        underWay.delete(work);
        nudge();
      });
      underWay.add(work);
    }
    return rows.length > 0;
  }

  async function run(): Promise<void> {
    while (!stopping) {
      try {
        while (!stopping && (await turn()));
        await rest(LOOK_MS);
      } catch (error) {
        logger.warn({ err: error }, 'the outbox cannot be read; trying again');
        await rest(RECONNECT_MS);
      }
    }
  }

  const listener = listen(databaseUrl, nudge, () => stopping);
  const sweeper = setInterval(() => {
    void pool
      .query(`delete from outbox where delivered_at < now() - interval '${KEEP_DELIVERED}'`)
      .catch(() => undefined);
  }, SWEEP_MS);
  const running = run();

  return {
    async stop() {
      stopping = true;
      nudge();
      clearInterval(sweeper);
      await running;
      await Promise.all(underWay);
      await listener.stop();
      await pool.end();
    },
  };
}

/** Hears of new messages at once; only a convenience, so a lost connection is simply made again. */
function listen(
  databaseUrl: string,
  heard: () => void,
  isStopping: () => boolean,
): { stop(): Promise<void> } {
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | null = null;

  const connect = async (): Promise<void> => {
    if (isStopping()) return;
    const next = createListener({ connectionString: databaseUrl });
    const again = (): void => {
      if (client !== next || isStopping()) return;
      client = null;
      timer = setTimeout(() => void connect(), RECONNECT_MS);
    };
    client = next;
    next.on('error', again);
    next.on('end', again);
    next.on('notification', heard);
    await next.connect().then(
      () => next.query(`listen ${OUTBOX_CHANNEL}`),
      () => again(),
    );
  };
  void connect().catch(() => undefined);

  return {
    async stop() {
      if (timer) clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
