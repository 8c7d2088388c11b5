/** What runs inside a guest beside its logins: containers that compose files declare, as real little web servers. */
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse } from 'yaml';
import { z } from 'zod';

/** One published port of a container. */
export interface GuestService {
  name: string;
  /** As the compose file names it, e.g. `ollama/ollama:0.13.5`. */
  image: string;
  /** Inside the guest, and on its address if it is public. */
  port: number;
  isPublic: boolean;
}

const composeShape = z.object({
  services: z.record(
    z.string(),
    z.object({ image: z.string().default(''), ports: z.array(z.union([z.string(), z.int()])).default([]) }),
  ),
});

/**
 * The ports that a compose file publishes, in their short form: `[ADDRESS:]PORT:CONTAINER`.
 *
 * @returns nothing for what is no compose file, as its `up` fails there.
 */
export function servicesOf(composeFile: string): GuestService[] {
  const compose = composeShape.safeParse(parse(composeFile));
  return Object.entries(compose.data?.services ?? {}).flatMap(([name, { image, ports }]) =>
    ports.flatMap((text) => {
      const [address, port] = /^(?:([\d.]+):)?(\d+):\d+$/.exec(String(text))?.slice(1) ?? [];
      if (port === undefined) return [];
      return [{ name, image, port: Number(port), isPublic: !(address ?? '').startsWith('127.') }];
    }),
  );
}

/** Answers by path of the programs in well-known images; any other program answers everywhere. */
const answers: [image: RegExp, answers: Record<string, string>][] = [
  [
    /ollama/,
    { '/': 'Ollama is running', '/api/version': '{"version":"0.13.5"}', '/api/tags': '{"models":[]}' },
  ],
  [
    /qdrant/,
    {
      '/healthz': 'healthz check passed',
      '/readyz': 'all shards are ready',
      '/livez': 'healthz check passed',
    },
  ],
  [/n8n/, { '/': '<title>n8n.io</title>', '/healthz': '{"status":"ok"}' }],
];

/** A running one. */
export interface RunningService {
  service: GuestService;
  /** Where it can be reached on this machine: what is inside the guest only has a port of its own here. */
  host: string;
  port: number;
  close(): Promise<void>;
}

/**
 * Starts a service of the guest at `address`.
 *
 * @throws Error when the port cannot be had.
 */
export async function startService(service: GuestService, address: string): Promise<RunningService> {
  const known = answers.find(([image]) => image.test(service.image))?.[1];
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const body = known ? known[path] : 'ok';
    response.statusCode = body === undefined ? 404 : 200;
    response.end(body ?? 'not found');
  });
  const host = service.isPublic ? address : '127.0.0.1';
  const port = await listen(server, host, service.isPublic ? service.port : 0);
  return {
    service,
    host,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}
