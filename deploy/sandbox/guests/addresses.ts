import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Netmask and gateway of the loopback range 127.64.0.0/10 that guests live in. */
export const guestNetmask = '255.192.0.0';
export const guestGateway = '127.64.0.1';

/** What the stand-ins of this process have drawn or listened on: they may share a port, and each knows only its own guests. */
const inUse = new Set<string>();

/**
 * Draws a free address of the guests' range. Drawn at random, so that two sandboxes on one machine do not meet; those in one
 * process never do.
 *
 * @param taken addresses already given out.
 */
export function drawAddress(taken: ReadonlySet<string>): string {
  for (;;) {
    const address = `127.${randomInt(64, 128)}.${randomInt(0, 256)}.${randomInt(2, 255)}`;
    if (taken.has(address) || inUse.has(address)) continue;
    inUse.add(address);
    return address;
  }
}

/** Keeps an address that an earlier run gave out from being drawn again. */
export function keepAddress(address: string): void {
  inUse.add(address);
}

/**
 * Checks that this machine lets a program listen on the guests' range, and finds a port that is free there.
 *
 * @param port the wanted port; 0 takes any free one.
 * @throws Error with one sentence when the platform or the user's rights do not allow it.
 */
export async function probeGuestPort(port: number): Promise<number> {
  const server = createServer();
  try {
    return await new Promise<number>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, drawAddress(new Set()), () => {
        const bound = server.address();
        resolve(bound !== null && typeof bound === 'object' ? bound.port : port);
      });
    });
  } catch (error) {
    throw new Error(explainListenFailure(error as NodeJS.ErrnoException, port), { cause: error });
  } finally {
    server.close();
  }
}

/** Why guests cannot listen on a port, and what to do about it, in one sentence. */
export function explainListenFailure(error: NodeJS.ErrnoException, port: number): string {
  if (error.code === 'EADDRNOTAVAIL') {
    return 'The sandbox gives every guest its own loopback address in 127.64.0.0/10, which this platform does not have (macOS only has 127.0.0.1); run the sandbox on Linux, in a container or in WSL.';
  }
  if (error.code === 'EACCES') {
    return `Guests may not listen on port ${port} as this user; choose a port above 1023.`;
  }
  return `Guests cannot listen on port ${port}: ${error.message}`;
}
