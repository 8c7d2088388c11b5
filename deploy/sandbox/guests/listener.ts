import { type Server, type Socket, createServer } from 'node:net';

/** Bytes of one finished connection, seen from the guest. */
export type CountTraffic = (incomingBytes: number, outgoingBytes: number) => void;

/** A listening socket of a guest. */
export interface Listener {
  /** Stops listening and cuts all connections, as pulling the plug does. */
  close(): Promise<void>;
}

/**
 * Listens on one address of a guest.
 *
 * @throws Error (EADDRINUSE) when something listens there already.
 */
export async function listenOn(
  address: string,
  port: number,
  serve: (socket: Socket) => void,
  countTraffic: CountTraffic,
): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    // A client that goes away in the middle is its own affair.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      sockets.delete(socket);
      countTraffic(socket.bytesRead, socket.bytesWritten);
    });
    serve(socket);
  });
  await started(server, address, port);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function started(server: Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
