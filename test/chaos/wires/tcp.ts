/** A proxy on loopback for a protocol in which the client waits for the answer to each call, as in SMTP and Postgres. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Proxy } from './http.ts';
import type { Switchboard } from './switchboard.ts';

/** Reads one connection's conversation. Gets what the client sends; gives the call's name when a call worth naming is complete. */
export type Listener = () => (fromClient: Buffer) => string | null;

/** @param target a URL whose host and port are to be reached. */
export async function tcpProxy(target: string, board: Switchboard, listener: Listener): Promise<Proxy> {
  const upstream = new URL(target);
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    const far = connect(Number(upstream.port), upstream.hostname);
    const hear = listener();
    let call: string | null = null;
    for (const socket of [client, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        far.destroy();
      });
    }
    inTurn(client, async (chunk) => {
      const named = hear(chunk);
      if (named !== null) {
        await board.pass(named, 'before');
        call = named;
      }
      // A held call dies with its caller.
      if (!client.destroyed) far.write(chunk);
    });
    inTurn(far, async (chunk) => {
      const answered = call;
      call = null;
      if (answered !== null) {
        await board.pass(answered, 'after-effect');
        await board.pass(answered, 'after-answer');
      }
      if (!client.destroyed) client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Handles a socket's chunks one after the other. */
function inTurn(socket: Socket, handle: (chunk: Buffer) => Promise<void>): void {
  let last = Promise.resolve();
  socket.on('data', (chunk: Buffer) => {
    last = last.then(() => handle(chunk));
  });
}
