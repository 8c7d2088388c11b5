import { createServer, type AddressInfo } from 'node:net';
import { StartError } from './errors.ts';

/** Whether a server could listen on this port of 127.0.0.1 now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** Ports handed out lately: between two probes the kernel may offer the same one twice. */
const handedOut = new Set<number>();

/** A port of 127.0.0.1 on which nothing listens. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await anyPort();
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    return port;
  }
}

function anyPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ port: 0, host: '127.0.0.1', exclusive: true }, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/**
 * The first free one of `wanted`, else any free port.
 *
 * @param wanted in order of preference; undefined ones are passed over.
 */
export async function choosePort(...wanted: (number | undefined)[]): Promise<number> {
  for (const port of wanted) {
    if (port && (await isPortFree(port))) {
      handedOut.add(port);
      return port;
    }
  }
  return freePort();
}

/**
 * A port that somebody chose on purpose.
 *
 * @param setting the environment variable or option that names it, for the sentence.
 * @throws StartError when something else listens there.
 */
export async function requirePort(port: number, setting: string): Promise<number> {
  if (await isPortFree(port)) return port;
  throw new StartError(
    `Port ${port} (${setting}) is in use by another program; stop that program or choose another port.`,
  );
}
