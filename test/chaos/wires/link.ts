/** A TCP link on loopback that can fall ill: slow, narrow, or dead without a word. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Proxy } from './http.ts';

/**
 * What a link suffers from:
 * - `latencyMs` every packet takes this much longer, in both directions;
 * - `bytesPerSecond` no more than this gets through on each connection and direction;
 * - `isHalfOpen` whatever is sent is taken and goes nowhere, on open connections and on new ones. Connections that were open then
 *   never come back and are never closed, as when a firewall has forgotten them: only the other end's patience ends them.
 */
export interface Ailment {
  latencyMs?: number;
  bytesPerSecond?: number;
  isHalfOpen?: true;
}

export interface Link extends Proxy {
  fallIll(ailment: Ailment): void;
  /** New connections are well again, and old ones that are not dead. */
  recover(): void;
}

/** What is read from a socket at a time can be large; a narrow link carries it in steps of this. */
const STEP_MS = 100;

/** @param target a URL whose host and port are to be reached. */
export async function openLink(target: string): Promise<Link> {
  const upstream = new URL(target);
  const sockets = new Set<Socket>();
  const connections = new Set<{ isDead: boolean }>();
  let ailment: Ailment | null = null;

  /** Carries one chunk over, as the link is when it comes. */
  async function carry(chunk: Buffer, to: Socket, connection: { isDead: boolean }): Promise<void> {
    if (ailment?.latencyMs !== undefined) await sleep(ailment.latencyMs);
    for (let sent = 0; sent < chunk.length && !connection.isDead;) {
      const narrow = ailment?.bytesPerSecond;
      const most = narrow === undefined ? Infinity : Math.max(1, Math.round((narrow * STEP_MS) / 1_000));
      const step = chunk.subarray(sent, sent + most);
      if (!to.destroyed) to.write(step);
      sent += step.length;
      if (narrow !== undefined) await sleep(STEP_MS);
    }
  }

  const server = createServer((client) => {
    const far = connect(Number(upstream.port), upstream.hostname);
    const connection = { isDead: ailment?.isHalfOpen === true };
    connections.add(connection);
    for (const [from, to] of [
      [client, far],
      [far, client],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('error', () => from.destroy());
      let last = Promise.resolve();
      from.on('data', (chunk: Buffer) => {
        last = last.then(() => carry(chunk, to, connection));
      });
      from.on('close', () => {
        sockets.delete(from);
        // What is on its way still arrives; a dead link does not even tell of the end.
        void last.then(() => connection.isDead || to.destroy());
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.pathname === '/' && !target.endsWith('/') ? url.href.replace(/\/$/, '') : url.href,
    fallIll: (next) => {
      ailment = next;
      if (next.isHalfOpen) for (const connection of connections) connection.isDead = true;
    },
    recover: () => {
      ailment = null;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
