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
  // SSH sends many small packets; collecting them costs 40 ms a turn.
  const server = createServer({ noDelay: true }, (socket) => {
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
    close: async () => {
      const closed = [server, ...sockets].map(
        (each) => new Promise<void>((resolve) => void each.once('close', () => resolve())),
      );
      server.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
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
