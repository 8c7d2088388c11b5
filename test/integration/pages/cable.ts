import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way to Tenure that can be pulled out and plugged in again, like a browser's network cable. */
export interface Cable {
  /** Where Tenure is reached through it. */
  url: string;
  /** Breaks all connections and refuses new ones. */
  pull(): Promise<void>;
  plugIn(): Promise<void>;
}

/** Lays a cable to `target`, plugged in. Pull it when done. */
export async function layCable(target: string): Promise<Cable> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let server: Server;
  let ownPort = 0;

  const plugIn = async (): Promise<void> => {
    server = createServer((near) => {
      const far = connect(Number(port), hostname);
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(socket);
        socket.pipe(other);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          sockets.delete(socket);
          other.destroy();
        });
      }
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(ownPort, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address !== null && typeof address === 'object') ownPort = address.port;
  };

  await plugIn();
  return {
    url: `http://127.0.0.1:${ownPort}`,
    plugIn,
    async pull() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
