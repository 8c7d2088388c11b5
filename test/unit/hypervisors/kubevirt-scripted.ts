/** A server in a cluster's place that says what it is told, and the driver of KubeVirt on it. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as exam from '../../../activities/hypervisors/conformance/exam.ts';
import { createKubevirtDriver } from '../../../activities/hypervisors/kubevirt.ts';
import type { Hypervisor, ProviderInstance } from '../../../activities/hypervisors/port.ts';
import type { FailureKind, TenureFailure } from '../../../schemas/failures.ts';

const TOKEN = 'TOKEN0123456789';
export const NAME = 'vm-1';
export const MACHINES = '/apis/kubevirt.io/v1/namespaces/tenure/virtualmachines';
export const INSTANCES = '/apis/kubevirt.io/v1/namespaces/tenure/virtualmachineinstances';
export const ACTIONS = '/apis/subresources.kubevirt.io/v1/namespaces/tenure/virtualmachines';

export interface Answer {
  status: number;
  body: string;
  headers?: Record<string, string>;
}

export const vm = (status?: object, spec: object = {}, metadata: object = {}): object => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name: NAME, uid: 'u1', creationTimestamp: '2026-07-27T10:00:00Z', ...metadata },
  spec: {
    runStrategy: 'Always',
    template: { spec: { domain: { devices: {}, memory: { guest: '2Gi' } } } },
    ...spec,
  },
  ...(status && { status }),
});
export const vmi = (status: object): object => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachineInstance',
  metadata: { name: NAME, uid: 'u2' },
  spec: { domain: { cpu: { cores: 2, sockets: 2, threads: 1 }, memory: { guest: '4096Mi' }, devices: {} } },
  status,
});
export const json = (status: number, body: object): Answer => ({ status, body: JSON.stringify(body) });
export const refusal = (code: number, reason: string, message: string, details?: object): Answer =>
  json(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details });
const gone = (plural: string): Answer =>
  refusal(404, 'NotFound', `${plural}.kubevirt.io "${NAME}" not found`, { name: NAME, kind: plural });

/** What goes over the wire, both ways. */
export interface ScriptedKubevirt {
  readonly driver: Hypervisor;
  /** Methods and paths of all calls since the last reset. */
  asked: string[];
  /** By method and path, several in turn; the last one stays. What is not told is not there. */
  answers: Record<string, Answer | Answer[]>;
  /** Forgets everything. */
  reset(): void;
  close(): void;
}

export async function startScriptedKubevirt(): Promise<ScriptedKubevirt> {
  const server = createServer((req, res) => {
    const asking = `${req.method} ${(req.url ?? '').split('?')[0]}`;
    wire.asked.push(asking);
    req.resume();
    const told = wire.answers[asking] ?? gone('virtualmachines');
    const answer = Array.isArray(told) ? (told.length > 1 ? told.shift() : told[0]) : told;
    res.writeHead(answer?.status ?? 500, answer?.headers).end(answer?.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const wire: ScriptedKubevirt = {
    driver: createKubevirtDriver({
      apiBase: `http://127.0.0.1:${port}`,
      token: TOKEN,
      namespace: 'tenure',
      timeoutMs: 2_000,
      waitMs: 20,
      createSettleMs: 4_000,
      pollMs: 10,
      requestsPerSecond: 10_000,
    }),
    asked: [],
    answers: {},
    reset: () => void Object.assign(wire, { asked: [], answers: {} }),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return wire;
}

/** Reads the whole list. */
export async function listAll(driver: Hypervisor): Promise<ProviderInstance[]> {
  const all: ProviderInstance[] = [];
  for await (const instance of driver.list()) all.push(instance);
  return all;
}

/** Asserts that a call fails so, without showing the token, and returns the failure. */
export async function rejects(
  call: Promise<unknown>,
  kind: FailureKind,
  reason: string,
): Promise<TenureFailure> {
  const failure = await exam.rejects(call, kind, reason);
  assert.ok(!failure.message.includes(TOKEN));
  return failure;
}
