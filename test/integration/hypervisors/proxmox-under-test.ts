/** The Proxmox VE stand-in in the words of the drivers' exam. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios, { type AxiosInstance } from 'axios';
import type {
  Disturbable,
  Disturbance,
  ProviderUnderTest,
} from '../../../activities/hypervisors/conformance.ts';
import type { CreateInstanceRequest, Hypervisor } from '../../../activities/hypervisors/port.ts';
import { type ProxmoxOptions, createProxmoxDriver } from '../../../activities/hypervisors/proxmox.ts';
import {
  type ProxmoxSandbox,
  type ProxmoxSandboxOptions,
  startProxmoxSandbox,
} from '../../../deploy/sandbox/proxmox/start.ts';
import type { FaultRule } from '../../../deploy/sandbox/shared/faults.ts';
import type { LedgerEntry } from '../../../deploy/sandbox/shared/ledger.ts';

const TOKEN = 'tenure@pve!exam=7b1c1c5e-0000-4000-8000-0123456789ab';
const TIMEOUT_MS = 1_000;
export const RANGE = { from: 10_000, to: 12_499 };
const OUTSIDE = 20_000;

const VM = '^/api2/json/nodes/[^/]+/qemu/\\d+';
const CONFIG = { method: 'PUT', path: `${VM}/config$` };

const ROUTES: Partial<Record<Disturbable, { method: string; path: string }>> = {
  create: { method: 'POST', path: `${VM}/clone$` },
  // The list has one page; what it does not tell of a machine is read one by one.
  list: { method: 'GET', path: `(^/api2/json/cluster/resources|${VM}/config)$` },
  get: { method: 'GET', path: `${VM}/status/current$` },
  start: { method: 'POST', path: `${VM}/status/start$` },
  stop: { method: 'POST', path: `${VM}/status/shutdown$` },
  delete: { method: 'DELETE', path: `${VM}$` },
  'create-snapshot': { method: 'POST', path: '/vzdump$' },
  'list-snapshots': { method: 'GET', path: '/nodes/[^/]+/(tasks|storage/[^/]+/content)$' },
  reboot: { method: 'POST', path: `${VM}/status/reboot$` },
  resize: CONFIG,
  rename: CONFIG,
  restoreSnapshot: { method: 'POST', path: '^/api2/json/nodes/[^/]+/qemu$' },
  addDisk: CONFIG,
  removeDisk: { method: 'PUT', path: `${VM}/unlink$` },
};

const FAULTS: Record<Disturbance, FaultRule> = {
  'lost-before': { kind: 'lost-before' },
  'lost-after': { kind: 'lost-after' },
  'error-before': { kind: 'status', status: 503 },
  'error-after': { kind: 'status-after', status: 500 },
  hang: { kind: 'hang' },
  slow: { kind: 'slow-body', bytesPerSecond: 20 },
  throttle: { kind: 'throttle' },
};

const EFFECTS: Partial<Record<Parameters<ProviderUnderTest['countDone']>[0], string>> = {
  start: 'instance.started',
  stop: 'instance.stopped',
  delete: 'instance.deleted',
  reboot: 'instance.rebooted',
  resize: 'instance.resized',
  rename: 'instance.changed',
  restoreSnapshot: 'instance.restored',
  addDisk: 'disk.added',
  removeDisk: 'disk.removed',
};

export interface ProxmoxUnderTest extends ProviderUnderTest {
  /** Base URL with `/api2/json`. */
  readonly url: string;
  readonly token: string;
  readonly guestSshPort: number;
  readonly snippetDir: string;
  /** The settings that connect a Tenure to it. */
  readonly env: Record<string, string>;
  /** The stand-in's levers, below `/__sandbox`. */
  readonly levers: AxiosInstance;
  /** The driver itself, which leaves `advance` to its caller. */
  driver(change?: Partial<ProxmoxOptions>): Hypervisor;
  ledger(effect: string): Promise<LedgerEntry[]>;
}

/** Starts the stand-in in a directory of its own. */
export async function startProxmoxUnderTest(
  more: Partial<ProxmoxSandboxOptions> = {},
): Promise<ProxmoxUnderTest> {
  const stateDir = await mkdtemp(join(tmpdir(), 'tenure-proxmox-'));
  const options = {
    stateDir,
    token: TOKEN,
    bootMs: 200,
    unmarkedMs: 0,
    authDelayMs: 50,
    guestSshPort: 0,
    guestRdpPort: 0,
    ...more,
  };
  let sandbox: ProxmoxSandbox = await startProxmoxSandbox({ ...options, port: 0 });
  let isDown = false;
  const { origin, port } = new URL(sandbox.url);
  const levers = axios.create({ baseURL: `${origin}/__sandbox` });
  const ledger = async (effect: string): Promise<LedgerEntry[]> => {
    const { data } = await levers.get<{ entries: LedgerEntry[] }>('/ledger', { params: { effect } });
    return data.entries;
  };
  const driver = (change: Partial<ProxmoxOptions> = {}): Hypervisor =>
    createProxmoxDriver({
      apiBase: sandbox.url,
      token: TOKEN,
      timeoutMs: TIMEOUT_MS,
      requestsPerSecond: 10_000,
      taskWaitMs: 5_000,
      pollMs: 20,
      createSettleMs: 2 * TIMEOUT_MS,
      range: RANGE,
      rules: { nodes: [], memoryOvercommit: 1 },
      pool: null,
      nameservers: [],
      snippets: { storage: 'snippets', directory: sandbox.snippetDir },
      backupStorage: 'backup',
      ...change,
    });

  return {
    url: sandbox.url,
    token: TOKEN,
    guestSshPort: sandbox.guestSshPort,
    snippetDir: sandbox.snippetDir,
    env: {
      PROXMOX_API_BASE: sandbox.url,
      PROXMOX_TOKEN: TOKEN,
      PROXMOX_VMID_FROM: String(RANGE.from),
      PROXMOX_VMID_TO: String(RANGE.to),
      PROXMOX_SNIPPET_STORAGE: 'snippets',
      PROXMOX_SNIPPET_DIR: sandbox.snippetDir,
      PROXMOX_BACKUP_STORAGE: 'backup',
    },
    levers,
    driver,
    ledger,
    plan: planOf({}),
    largerPlan: planOf({ cores: 2, memoryMb: 2_048, diskGb: 20 }),
    region: 'fra',
    otherRegion: 'nyc',
    unknownRef: '12499-0123456789ab',
    crowdSize: 60,
    connect: (wrongKey) => pollingAsItsCaller(driver(wrongKey === undefined ? {} : { token: wrongKey })),
    disturb: async (call, disturbance, { skip = 0, times = 1 } = {}) => {
      await levers.post('/faults', { ...ROUTES[call], ...FAULTS[disturbance], skip, times });
    },
    calm: async () => {
      if (!isDown) await levers.delete('/faults');
    },
    countMade: async (key) => {
      const made = await ledger('instance.created');
      return made.filter(({ detail }) => String(detail['description']).startsWith(`tenure:${key}@`)).length;
    },
    countDone: async (operation, ref) => {
      const done = await ledger(EFFECTS[operation] ?? operation);
      return done.filter(({ id }) => id === vmidOf(ref)).length;
    },
    userDataOf: async (ref) => {
      const { data } = await levers.get<{ userData: string }>(`/proxmox/machines/${vmidOf(ref)}/user-data`);
      return data.userData;
    },
    // There is no quota but the range of ids, which containers can take up.
    limitInstances: async (count) => {
      if (count === 0) await levers.post('/proxmox/containers', RANGE);
      else await levers.delete('/proxmox/containers');
    },
    sellOut: async (region, isSoldOut) => {
      const node = region === 'fra' ? 'pve1' : 'pve2';
      await levers.request({ method: isSoldOut ? 'POST' : 'DELETE', url: `/proxmox/nodes/${node}/full` });
    },
    keepNextPending: async () => {
      await levers.post('/proxmox/stuck', { times: 1 });
    },
    deleteBehindOurBack: async (ref) => {
      await levers.delete(`/proxmox/machines/${vmidOf(ref)}`);
    },
    crowd: async (count) => {
      await levers.post('/proxmox/machines', { count: count - 2, from: OUTSIDE });
      await levers.post('/proxmox/machines', { count: 2, from: RANGE.from });
    },
    crowdSnapshots: async (count) => {
      await levers.post('/proxmox/backups', { count });
    },
    goDown: async () => {
      isDown = true;
      await sandbox.close();
    },
    comeBack: async () => {
      sandbox = await startProxmoxSandbox({ ...options, port: Number(port) });
      isDown = false;
    },
    close: async () => {
      if (!isDown) await sandbox.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

export function planOf(change: Record<string, unknown>): Record<string, unknown> {
  return {
    template: 9_000,
    cores: 1,
    memoryMb: 1_024,
    diskGb: 10,
    regions: { fra: ['pve1'], nyc: ['pve2'] },
    ...change,
  };
}

export function vmidOf(ref: string): string {
  return ref.split('-')[0] ?? '';
}

/** Goes on with a making at each look, as the activities do. */
function pollingAsItsCaller(driver: Hypervisor): Hypervisor {
  const requests = new Map<string, CreateInstanceRequest>();
  return {
    ...driver,
    create: async (request) => {
      const made = await driver.create(request);
      requests.set(made.ref, request);
      return made;
    },
    get: async (ref) => {
      const instance = await driver.get(ref);
      const request = requests.get(ref);
      if (request === undefined || instance?.state !== 'creating') return instance;
      await driver.advance?.(ref, request);
      return driver.get(ref);
    },
  };
}
