/**
 * How connections to Postgres are made, so that none outlives its link. A link can die without a word (a firewall forgets it, a host
 * goes away): the connection then looks open, whoever uses it waits, and TCP itself would notice after a quarter of an hour.
 */
import { Socket } from 'node:net';
import pg from 'pg';

/** A used connection on which nothing came or went for so long is dead. No statement of the product takes near as long. */
const SILENT_MS = 15_000;
/** Idle connections are closed before that. */
const IDLE_MS = 5_000;
/** How often a connection that only listens is looked at, and how long its answer may take. */
const LOOK_MS = 10_000;
const ANSWER_MS = 5_000;

/** Options of a pool. @param silentMs longer for work whose statements take longer, such as migrations */
export function mortalConnections(silentMs = SILENT_MS) {
  return {
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: IDLE_MS,
    keepAlive: true,
    stream: () => {
      const socket = new Socket();
      socket.setTimeout(silentMs, () =>
        socket.destroy(new Error(`Postgres was silent for ${silentMs / 1_000} s.`)),
      );
      return socket;
    },
  };
}

/** A connection of its own that is to listen for notifications. Silence is its nature, so it is asked now and then; a dead one ends. */
export function createListener(config: pg.ClientConfig): pg.Client {
  const socket = new Socket();
  const client = new pg.Client({
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    ...config,
    stream: () => socket,
  });
  const look = (): void => {
    const patience = setTimeout(
      () => socket.destroy(new Error('Postgres did not answer a listener.')),
      ANSWER_MS,
    );
    client.query('select 1').then(
      () => clearTimeout(patience),
      () => clearTimeout(patience),
    );
  };
  client.once('connect', () => {
    const timer = setInterval(look, LOOK_MS).unref();
    client.once('end', () => clearInterval(timer));
  });
  return client;
}
