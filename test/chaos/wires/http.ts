/** A proxy on loopback for an HTTP API, whose calls pass the switchboard. */
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Switchboard } from './switchboard.ts';

export interface Proxy {
  /** The address to use in place of the target's. */
  url: string;
  close(): Promise<void>;
}

/** @param name of the API, in front of each call's name. */
export async function httpProxy(
  name: string,
  target: string,
  board: Pick<Switchboard, 'pass'>,
): Promise<Proxy> {
  const upstream = new URL(target);

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const call = `${name} ${incoming.method ?? ''} ${templateOf(incoming.url ?? '/')}`;
    const body = await read(incoming);
    await board.pass(call, 'before');
    // Whoever was killed while it was held must not have its effect afterwards.
    if (outgoing.destroyed) return;
    const passed = forward({
      host: upstream.hostname,
      port: upstream.port,
      method: incoming.method,
      path: incoming.url,
      headers: { ...incoming.headers, host: upstream.host },
    });
    passed.end(body);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      passed.once('response', resolve);
      passed.once('error', reject);
    });
    const content = await read(answer);
    await board.pass(call, 'after-effect');
    await board.pass(call, 'after-answer');
    if (outgoing.destroyed) return;
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    outgoing.end(content);
  };

  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const path = upstream.pathname === '/' ? '' : upstream.pathname;
  return {
    url: `http://127.0.0.1:${port}${path}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The path with its ids taken out: UUIDs, and ids that carry a prefix (`cus_…`). */
function templateOf(url: string): string {
  const path = url.split('?')[0] ?? '/';
  return path.replaceAll(/\/(?:[0-9a-f]{8}-[0-9a-f-]{27}|[a-z]{2,6}_[A-Za-z0-9_]+)(?=\/|$)/g, '/{id}');
}

async function read(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
