/**
 * A proxy on loopback between Tenure and a stand-in that pulls a wire at chosen boundaries of a call: before it reaches the
 * stand-in, after its effect and before the answer, or after the answer was sent.
 */
import { createServer, request as forward, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Boundary = 'before' | 'after-effect' | 'after-answer';

export interface Wire {
  method: string;
  path: RegExp;
  boundary: Boundary;
  /** What happens when it is pulled, e.g. killing the worker. */
  pull: () => void | Promise<void>;
}

export interface Tripwire {
  /** The URL to use instead of the stand-in's, with the same path. */
  url: string;
  /** Arms a wire for the next matching call only. Resolves when it was pulled. */
  arm(wire: Wire): Promise<void>;
  /** Removes what was armed and not pulled. */
  disarm(): void;
  close(): Promise<void>;
}

export async function openTripwire(target: string): Promise<Tripwire> {
  const upstream = new URL(target);
  const armed: (Wire & { done: () => void })[] = [];

  const take = (message: IncomingMessage): (Wire & { done: () => void }) | undefined => {
    const path = (message.url ?? '/').split('?')[0] ?? '/';
    const index = armed.findIndex((wire) => wire.method === message.method && wire.path.test(path));
    return index < 0 ? undefined : armed.splice(index, 1)[0];
  };

  const server = createServer((incoming, outgoing) => {
    const wire = take(incoming);
    const pull = async (at: Boundary): Promise<boolean> => {
      if (wire?.boundary !== at) return false;
      await wire.pull();
      wire.done();
      return true;
    };
    void (async () => {
      if (await pull('before')) return outgoing.destroy();
      const passed = forward(
        {
          host: upstream.hostname,
          port: upstream.port,
          method: incoming.method,
          path: incoming.url,
          headers: { ...incoming.headers, host: upstream.host },
        },
        (answer) => {
          void (async () => {
            if (await pull('after-effect')) return outgoing.destroy();
            outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(outgoing);
            outgoing.on('finish', () => void pull('after-answer'));
          })();
        },
      );
      passed.on('error', () => outgoing.destroy());
      incoming.pipe(passed);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const path = upstream.pathname === '/' ? '' : upstream.pathname;

  return {
    url: `http://127.0.0.1:${port}${path}`,
    arm: (wire) => new Promise((done) => armed.push({ ...wire, done })),
    disarm: () => {
      armed.length = 0;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
