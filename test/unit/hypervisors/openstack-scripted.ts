/** A server in OpenStack's place that says what it is told, and the driver on it. */
import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type OpenStackOptions, createOpenStackDriver } from '../../../activities/hypervisors/openstack.ts';
import type { Hypervisor } from '../../../activities/hypervisors/port.ts';

export const SECRET = 'SECRET0123456789';
export const REF = '0e44cc9c-e052-415d-afbf-469b0d384170';
export const IMAGE = '70a599e0-31e7-49b7-b260-868f441e862b';

const SERVER = {
  id: REF,
  name: 'web-1',
  status: 'ACTIVE',
  created: '2026-11-20T10:19:45Z',
  flavor: { original_name: 'm1.small', vcpus: 1, ram: 2_048, disk: 20 },
  tags: ['web', 'tenure:sub_1-1-g1'],
  metadata: {},
  addresses: { net: [{ addr: '192.0.2.7', version: 4, 'OS-EXT-IPS:type': 'fixed' }] },
  accessIPv4: '',
  'OS-EXT-STS:task_state': null,
  'OS-EXT-AZ:availability_zone': 'az-1',
  key_name: null,
  image: '',
};
export const ORDER = {
  key: 'sub_1-1-g1',
  hostname: 'web-1',
  region: 'fra',
  plan: { flavor: 'm1.small', flavorId: '2', image: IMAGE, regions: { fra: 'az-1' } },
  userData: '',
  labels: {},
};

export interface Answer {
  status: number;
  body: string;
  headers?: Record<string, string>;
}
export interface Asked {
  line: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export const fault = (status: number, name: string, message: string, more = {}): Answer => ({
  status,
  body: JSON.stringify({ [name]: { code: status, message, ...more } }),
});
export const json = (body: unknown, status = 200): Answer => ({ status, body: JSON.stringify(body) });
export const endpoint = (url: string, side = 'public', region = 'One'): unknown => ({
  interface: side,
  region,
  url,
});
/** Nova’s word on the server, with some of its fields changed. */
export const showing = (change: Record<string, unknown>): Answer =>
  json({ server: { ...SERVER, ...change } });

/** What goes over the wire, both ways. */
export interface ScriptedOpenStack {
  /** Of all services alike; without a path. */
  readonly origin: string;
  /** All calls since the last reset. */
  asked: Asked[];
  /** To whatever is neither the session nor Nova's version. */
  answer: Answer;
  /** What Nova says of its version. */
  version: unknown;
  /** What the token lists. */
  catalog: { type: string; endpoints: unknown[] }[];
  /** Keystone's answer in place of a token. */
  tokenAnswer: Answer | null;
  /** Methods and paths of the calls. */
  lines(): string[];
  /** Forgets everything; a sign-in works again, and the server is there. */
  reset(): void;
  connect(more?: Partial<OpenStackOptions>): Hypervisor;
  close(): void;
}

export async function startScriptedOpenStack(): Promise<ScriptedOpenStack> {
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const line = `${req.method} ${req.url}`;
      wire.asked.push({ line, headers: req.headers, body: Buffer.concat(chunks).toString() });
      const { status, body, headers } = answerTo(line);
      res.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fresh = () => ({
    asked: [],
    answer: showing({}),
    version: { version: { id: 'v2.1', version: '2.93', min_version: '2.1' } },
    catalog: [
      {
        type: 'compute',
        endpoints: [endpoint('http://nova.invalid', 'admin'), endpoint(`${origin}/nova/v2.1`)],
      },
      { type: 'image', endpoints: [endpoint(`${origin}/glance`)] },
    ],
    tokenAnswer: null,
  });
  const wire: ScriptedOpenStack = {
    origin,
    ...fresh(),
    lines: () => wire.asked.map(({ line }) => line),
    reset: () => void Object.assign(wire, fresh()),
    connect: (more = {}) =>
      createOpenStackDriver({
        authUrl: `${origin}/keystone/v3`,
        credentials: { applicationCredential: { id: 'credential', secret: SECRET } },
        interface: 'public',
        networks: 'auto',
        timeoutMs: 2_000,
        createSettleMs: 4_000,
        pollMs: 10,
        requestsPerSecond: 10_000,
        ...more,
      }),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  const answerTo = (line: string): Answer => {
    if (line === 'GET /nova/v2.1/') return json(wire.version);
    if (!line.endsWith('/v3/auth/tokens')) return wire.answer;
    const token = { expires_at: '2999-01-01T00:00:00.000000Z', catalog: wire.catalog };
    return wire.tokenAnswer ?? { ...json({ token }, 201), headers: { 'X-Subject-Token': 'TOKEN' } };
  };
  return wire;
}
