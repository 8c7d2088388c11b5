/** A server in Contabo's place that says what it is told, and the driver on it. */
import assert from 'node:assert/strict';
import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createContaboDriver } from '../../../activities/hypervisors/contabo.ts';
import type { Hypervisor } from '../../../activities/hypervisors/port.ts';
import { type FailureKind, TenureFailure } from '../../../schemas/failures.ts';

export const REF = '202000001';
export const CREDENTIALS = {
  clientId: 'INT-1',
  clientSecret: 'client-secret-0123456789',
  username: 'operator@example.com',
  password: 'Password-0123456789',
};

export const INSTANCE = {
  instanceId: 202000001,
  name: 'vmi202000001',
  displayName: 'web-1 tenure:sub_1-1-g1',
  status: 'running',
  region: 'EU',
  productId: 'V92',
  createdDate: '2024-12-02T10:19:45.000Z',
  cancelDate: null,
  ipConfig: { v4: { ip: '192.0.2.7', netmaskCidr: 24, gateway: '192.0.2.1' }, v6: { ip: '2001:db8::7' } },
  additionalIps: [{ v4: { ip: '192.0.2.8' } }],
  somethingNew: true,
};

export const ORDER = {
  key: 'sub_1-1-g1',
  hostname: 'web-1',
  region: 'fra',
  plan: { productId: 'V92', imageId: 'd64d5c6c-9dda-4e38-8174-0ee282474d8a', regions: { fra: 'EU' } },
  userData: '#cloud-config\n',
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

export const answerOf = (status: number, body: unknown): Answer => ({ status, body: JSON.stringify(body) });
export const error = (status: number, message: string | string[]): Answer =>
  answerOf(status, { statusCode: status, message });
export const one = (data: object): Answer => answerOf(200, { data: [data], _links: { self: '/' } });
export const page = (data: object[], totalPages = 1, number = 1): Answer =>
  answerOf(200, {
    data,
    _pagination: { page: number, size: 100, totalElements: data.length, totalPages },
    _links: {},
  });

/** What goes over the wire, both ways. */
export interface ScriptedContabo {
  /** Of the API and of the sign-in alike; without a path. */
  readonly base: string;
  /** Calls to the API since the last reset, and those to the sign-in. */
  asked: Asked[];
  signIns: Asked[];
  /** The sign-in's answer. */
  grant: Answer;
  /** The API's answers in turn; the last one stays. */
  answers: Answer[];
  /** Forgets everything; a sign-in works again. */
  reset(): void;
  connect(): Hypervisor;
  close(): void;
}

export async function startScriptedContabo(): Promise<ScriptedContabo> {
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const isSignIn = req.url?.endsWith('/token') === true;
      const body = Buffer.concat(chunks).toString('utf8');
      const call = { line: `${req.method} ${req.url}`, headers: req.headers, body };
      (isSignIn ? wire.signIns : wire.asked).push(call);
      const answer = isSignIn ? wire.grant : nextAnswer();
      res.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fresh = () => ({
    asked: [],
    signIns: [],
    answers: [],
    grant: answerOf(200, { access_token: 'token-1', expires_in: 300 }),
  });
  const wire: ScriptedContabo = {
    base,
    ...fresh(),
    reset: () => void Object.assign(wire, fresh()),
    connect: () =>
      createContaboDriver({
        ...CREDENTIALS,
        apiBase: base,
        authUrl: base,
        timeoutMs: 2_000,
        createSettleMs: 4_000,
        pollMs: 10,
        requestsPerSecond: 10_000,
      }),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  const nextAnswer = (): Answer =>
    (wire.answers.length > 1 ? wire.answers.shift() : wire.answers[0]) ?? error(500, 'nothing to say');
  return wire;
}

/** Asserts that a call fails so, and returns the failure. */
export async function rejects(
  call: Promise<unknown>,
  kind: FailureKind,
  reason: string,
): Promise<TenureFailure> {
  const failure: unknown = await call.then(
    () => assert.fail('it succeeded'),
    (thrown: unknown) => thrown,
  );
  assert.ok(failure instanceof TenureFailure, String(failure));
  assert.deepEqual([failure.kind, failure.details.reason], [kind, reason], failure.message);
  return failure;
}
