/** The KubeVirt stand-in in the words of the drivers' exam. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios from 'axios';
import type {
  Disturbable,
  Disturbance,
  ProviderUnderTest,
} from '../../../activities/hypervisors/conformance.ts';
import { type KubevirtOptions, createKubevirtDriver } from '../../../activities/hypervisors/kubevirt.ts';
import {
  type KubevirtSandbox,
  type KubevirtSandboxOptions,
  startKubevirtSandbox,
} from '../../../deploy/sandbox/kubevirt/start.ts';
import type { FaultRule } from '../../../deploy/sandbox/shared/faults.ts';
import type { LedgerEntry } from '../../../deploy/sandbox/shared/ledger.ts';

const TOKEN = 'kubevirt-test-token-0123456789';
const NAMESPACE = 'tenure';
const TIMEOUT_MS = 1_000;
const CROWD_AT_ONCE = 20;

const MACHINES = `^/apis/kubevirt.io/v1/namespaces/${NAMESPACE}/virtualmachines`;
const SNAPSHOTS = `^/apis/snapshot.kubevirt.io/v1beta1/namespaces/${NAMESPACE}`;
const ACTIONS = `^/apis/subresources.kubevirt.io/v1/namespaces/${NAMESPACE}/virtualmachines/[^/]+`;

type Undisturbed = 'addAddress' | 'removeAddress';

const ROUTES: Record<Exclude<Disturbable, Undisturbed>, { method: string; path: string }> = {
  create: { method: 'POST', path: `${MACHINES}$` },
  list: { method: 'GET', path: `${MACHINES}$` },
  get: { method: 'GET', path: `${MACHINES}/[^/]+$` },
  start: { method: 'PUT', path: `${ACTIONS}/start$` },
  stop: { method: 'PUT', path: `${ACTIONS}/stop$` },
  delete: { method: 'DELETE', path: `${MACHINES}/[^/]+$` },
  'create-snapshot': { method: 'POST', path: `${SNAPSHOTS}/virtualmachinesnapshots$` },
  'list-snapshots': { method: 'GET', path: `${SNAPSHOTS}/virtualmachinesnapshots$` },
  reboot: { method: 'PUT', path: `${ACTIONS}/restart$` },
  resize: { method: 'PATCH', path: `${MACHINES}/[^/]+$` },
  reinstall: { method: 'PATCH', path: `${MACHINES}/[^/]+$` },
  rename: { method: 'PATCH', path: `${MACHINES}/[^/]+$` },
  restoreSnapshot: { method: 'POST', path: `${SNAPSHOTS}/virtualmachinerestores$` },
  addDisk: { method: 'POST', path: `^/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims$` },
  removeDisk: { method: 'PUT', path: `${ACTIONS}/removevolume$` },
  setFirewall: {
    method: 'PATCH',
    path: `^/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/networkpolicies/`,
  },
};

const EFFECTS: Record<Parameters<ProviderUnderTest['countDone']>[0], string> = {
  start: 'machine.started',
  stop: 'machine.stopped',
  delete: 'machine.deleted',
  reboot: 'machine.restarted',
  resize: 'machine.resized',
  reinstall: 'machine.reinstalled',
  rename: 'machine.renamed',
  restoreSnapshot: 'machine.restored',
  addDisk: 'volume.added',
  removeDisk: 'volume.removed',
  setFirewall: 'policy.set',
  addAddress: 'never',
  removeAddress: 'never',
};

const FAULTS: Record<Disturbance, FaultRule> = {
  'lost-before': { kind: 'lost-before' },
  'lost-after': { kind: 'lost-after' },
  'error-before': { kind: 'status', status: 503 },
  'error-after': { kind: 'status-after', status: 500 },
  hang: { kind: 'hang' },
  slow: { kind: 'slow-body', bytesPerSecond: 100 },
  throttle: { kind: 'throttle' },
};

const IMAGE = { registry: 'docker://quay.io/containerdisks/ubuntu:24.04' };
const PLAN = { cpus: 1, memoryMb: 1_024, diskGb: 25, image: IMAGE, regions: { fra: 'fsn1', nue: 'nbg1' } };

export interface KubevirtUnderTest extends ProviderUnderTest {
  /** Base URL of the API server. */
  readonly url: string;
  readonly token: string;
  readonly namespace: string;
  readonly guestSshPort: number;
  /** The settings that connect a Tenure to it. */
  readonly env: Record<string, string>;
  /** A driver's options, with some of its own. */
  optionsWith(options: Partial<KubevirtOptions>): KubevirtOptions;
  connectWith(options: Partial<KubevirtOptions>): ReturnType<typeof createKubevirtDriver>;
  /** Pulls a lever of the stand-in. */
  pull(method: 'GET' | 'POST' | 'DELETE', lever: string, body?: object): Promise<unknown>;
  ledger(effect: string): Promise<LedgerEntry[]>;
}

/** Starts the stand-in in a directory of its own. */
export async function startKubevirtUnderTest(
  more: Partial<KubevirtSandboxOptions> = {},
): Promise<KubevirtUnderTest> {
  const stateDir = await mkdtemp(join(tmpdir(), 'tenure-kubevirt-'));
  const options = {
    stateDir,
    token: TOKEN,
    namespace: NAMESPACE,
    bootMs: 200,
    ratePerSecond: Infinity,
    guestSshPort: 0,
    guestRdpPort: 0,
    ...more,
  };
  let sandbox: KubevirtSandbox = await startKubevirtSandbox({ ...options, port: 0 });
  let isDown = false;
  const { url } = sandbox;
  const levers = axios.create({ baseURL: `${url}/__sandbox` });
  const api = axios.create({ baseURL: url, headers: { Authorization: `Bearer ${TOKEN}` } });
  const ledger = async (effect: string): Promise<LedgerEntry[]> => {
    const { data } = await levers.get<{ entries: LedgerEntry[] }>('/ledger', { params: { effect } });
    return data.entries;
  };
  const pull: KubevirtUnderTest['pull'] = async (method, lever, body) => {
    const { data } = await levers.request<unknown>({ method, url: `/kubevirt${lever}`, data: body });
    return data;
  };
  const optionsWith: KubevirtUnderTest['optionsWith'] = (own) => ({
    apiBase: url,
    token: TOKEN,
    namespace: NAMESPACE,
    timeoutMs: TIMEOUT_MS,
    waitMs: 10_000,
    createSettleMs: 2 * TIMEOUT_MS,
    pollMs: 20,
    requestsPerSecond: 10_000,
    ...own,
  });
  const connectWith: KubevirtUnderTest['connectWith'] = (own) => createKubevirtDriver(optionsWith(own));
  /** Makes objects that are not ours, several at a time. */
  const crowdOf = async (count: number, path: string, objectOf: (index: number) => object): Promise<void> => {
    for (let made = 0; made < count; made += CROWD_AT_ONCE) {
      const size = Math.min(CROWD_AT_ONCE, count - made);
      await Promise.all(Array.from({ length: size }, (_, index) => api.post(path, objectOf(made + index))));
    }
  };

  return {
    url,
    token: TOKEN,
    namespace: NAMESPACE,
    guestSshPort: sandbox.guestSshPort,
    env: { KUBEVIRT_API_BASE: url, KUBEVIRT_TOKEN: TOKEN, KUBEVIRT_NAMESPACE: NAMESPACE },
    optionsWith,
    connectWith,
    pull,
    ledger,
    plan: PLAN,
    largerPlan: { ...PLAN, cpus: 2, memoryMb: 4_096 },
    region: 'fra',
    otherRegion: 'nue',
    createIsIdempotent: true,
    findsByFilter: true,
    firewallProtocols: ['tcp', 'udp'],
    unknownRef: 't-nobody-000000000000',
    connect: (wrongKey = TOKEN) => connectWith({ token: wrongKey }),
    disturb: async (call, disturbance, { skip = 0, times = 1 } = {}) => {
      if (call === 'addAddress' || call === 'removeAddress') throw new Error(`There is no ${call}.`);
      await levers.post('/faults', { ...ROUTES[call], ...FAULTS[disturbance], skip, times });
    },
    calm: async () => {
      if (!isDown) await levers.delete('/faults');
    },
    countMade: async (key) => (await ledger('machine.created')).filter((entry) => entry.key === key).length,
    countDone: async (operation, ref) =>
      (await ledger(EFFECTS[operation])).filter(({ id }) => id === ref).length,
    userDataOf: async (ref) => {
      const { userData } = (await pull('GET', `/machines/${ref}/user-data`)) as { userData: string };
      return userData;
    },
    limitInstances: async (instances) => void (await pull('POST', '/quota', { instances })),
    sellOut: async (region, isSoldOut) => {
      const zone = region === 'fra' ? 'fsn1' : 'nbg1';
      await pull(isSoldOut ? 'POST' : 'DELETE', `/zones/${zone}/closed`);
    },
    keepNextPending: async () => void (await pull('POST', '/stuck', { times: 1 })),
    deleteBehindOurBack: async (ref) => void (await pull('DELETE', `/machines/${ref}`)),
    crowd: async (count) => {
      await pull('POST', '/stuck', { times: count });
      await crowdOf(count, `/apis/kubevirt.io/v1/namespaces/${NAMESPACE}/virtualmachines`, (index) => ({
        apiVersion: 'kubevirt.io/v1',
        kind: 'VirtualMachine',
        metadata: { name: `somebody-${index}` },
        spec: {
          runStrategy: 'Always',
          template: { spec: { domain: { devices: {}, memory: { guest: '1Gi' } } } },
        },
      }));
    },
    crowdSnapshots: (count) =>
      crowdOf(
        count,
        `/apis/snapshot.kubevirt.io/v1beta1/namespaces/${NAMESPACE}/virtualmachinesnapshots`,
        (index) => ({
          apiVersion: 'snapshot.kubevirt.io/v1beta1',
          kind: 'VirtualMachineSnapshot',
          metadata: { name: `somebody-${index}` },
          spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'somebody' } },
        }),
      ),
    goDown: async () => {
      isDown = true;
      await sandbox.close();
    },
    comeBack: async () => {
      sandbox = await startKubevirtSandbox({ ...options, port: Number(new URL(url).port) });
      isDown = false;
    },
    close: async () => {
      if (!isDown) await sandbox.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
