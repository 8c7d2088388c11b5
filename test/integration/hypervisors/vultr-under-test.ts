/** The Vultr stand-in in the words of the drivers' exam. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios from 'axios';
import type {
  ChangingOperation,
  Disturbable,
  Disturbance,
  ProviderUnderTest,
} from '../../../activities/hypervisors/conformance.ts';
import { createVultrDriver } from '../../../activities/hypervisors/vultr.ts';
import {
  type VultrSandbox,
  type VultrSandboxOptions,
  startVultrSandbox,
} from '../../../deploy/sandbox/vultr/start.ts';
import type { FaultRule } from '../../../deploy/sandbox/shared/faults.ts';
import type { LedgerEntry } from '../../../deploy/sandbox/shared/ledger.ts';

const API_KEY = 'VULTRTESTKEY0123456789ABCDEFGHIJKLMN';
const TIMEOUT_MS = 1_000;
const CROWD_AT_ONCE = 20;

const ROUTES: Record<Disturbable, { method: string; path: string }> = {
  create: { method: 'POST', path: '^/v2/instances$' },
  list: { method: 'GET', path: '^/v2/instances$' },
  get: { method: 'GET', path: '^/v2/instances/[^/]+$' },
  start: { method: 'POST', path: '^/v2/instances/[^/]+/start$' },
  stop: { method: 'POST', path: '^/v2/instances/[^/]+/halt$' },
  delete: { method: 'DELETE', path: '^/v2/instances/[^/]+$' },
  'create-snapshot': { method: 'POST', path: '^/v2/snapshots$' },
  'list-snapshots': { method: 'GET', path: '^/v2/snapshots$' },
  reboot: { method: 'POST', path: '^/v2/instances/[^/]+/reboot$' },
  resize: { method: 'PATCH', path: '^/v2/instances/[^/]+$' },
  reinstall: { method: 'POST', path: '^/v2/instances/[^/]+/reinstall$' },
  rename: { method: 'PATCH', path: '^/v2/instances/[^/]+$' },
  restoreSnapshot: { method: 'POST', path: '^/v2/instances/[^/]+/restore$' },
  addDisk: { method: 'POST', path: '^/v2/blocks$' },
  removeDisk: { method: 'DELETE', path: '^/v2/blocks/[^/]+$' },
  addAddress: { method: 'POST', path: '^/v2/instances/[^/]+/ipv4$' },
  removeAddress: { method: 'DELETE', path: '^/v2/instances/[^/]+/ipv4/[^/]+$' },
  setFirewall: { method: 'POST', path: '^/v2/firewalls$' },
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

/** What each operation does to an instance, in the words of the ledger. */
const EFFECTS: Record<'start' | 'stop' | 'delete' | ChangingOperation, RegExp> = {
  start: /^instance\.started$/,
  stop: /^instance\.halted$/,
  delete: /^instance\.deleted$/,
  reboot: /^instance\.rebooted$/,
  resize: /^instance\.resized$/,
  reinstall: /^instance\.reinstalled$/,
  rename: /^instance\.updated$/,
  restoreSnapshot: /^instance\.restored$/,
  addDisk: /^block\.created$/,
  removeDisk: /^block\.deleted$/,
  addAddress: /^ipv4\.added$/,
  removeAddress: /^ipv4\.removed$/,
  setFirewall: /^firewall-(group|rule)\.(created|deleted)$/,
};

const headers = { Authorization: `Bearer ${API_KEY}` };

export interface VultrUnderTest extends ProviderUnderTest {
  /** Base URL with the version. */
  readonly url: string;
  readonly apiKey: string;
  readonly guestSshPort: number;
  readonly guestRdpPort: number;
  /** The settings that connect a Tenure to it. */
  readonly env: Record<string, string>;
}

/** Starts the stand-in in a directory of its own. */
export async function startVultrUnderTest(more: Partial<VultrSandboxOptions> = {}): Promise<VultrUnderTest> {
  const stateDir = await mkdtemp(join(tmpdir(), 'tenure-vultr-'));
  const options = {
    stateDir,
    apiKey: API_KEY,
    bootMs: 200,
    ratePerSecond: Infinity,
    guestSshPort: 0,
    guestRdpPort: 0,
    ...more,
  };
  let sandbox: VultrSandbox = await startVultrSandbox({ ...options, port: 0 });
  let isDown = false;
  const { origin, port } = new URL(sandbox.url);
  const levers = axios.create({ baseURL: `${origin}/__sandbox` });
  const countEffects = async (effect: RegExp, isMeant: (entry: LedgerEntry) => boolean): Promise<number> => {
    const { data } = await levers.get<{ entries: LedgerEntry[] }>('/ledger');
    return data.entries.filter((entry) => effect.test(entry.effect) && isMeant(entry)).length;
  };

  return {
    url: sandbox.url,
    apiKey: API_KEY,
    guestSshPort: sandbox.guestSshPort,
    guestRdpPort: sandbox.guestRdpPort,
    env: { VULTR_API_KEY: API_KEY, VULTR_API_BASE: sandbox.url },
    plan: { plan: 'vc2-1c-1gb', osId: 2284, regions: { fra: 'fra', nyc: 'ewr' } },
    largerPlan: { plan: 'vc2-2c-4gb', osId: 2284, regions: { fra: 'fra', nyc: 'ewr' } },
    addressFamilies: [4, 6],
    region: 'fra',
    otherRegion: 'nyc',
    unknownRef: '00000000-0000-4000-8000-000000000000',
    connect: (wrongKey = API_KEY) =>
      createVultrDriver({
        apiKey: wrongKey,
        apiBase: sandbox.url,
        timeoutMs: TIMEOUT_MS,
        createSettleMs: 2 * TIMEOUT_MS,
        pollMs: 20,
        requestsPerSecond: 10_000,
      }),
    disturb: async (call, disturbance, { skip = 0, times = 1 } = {}) => {
      await levers.post('/faults', { ...ROUTES[call], ...FAULTS[disturbance], skip, times });
    },
    calm: async () => {
      if (!isDown) await levers.delete('/faults');
    },
    countMade: (key) =>
      countEffects(/^instance\.created$/, ({ detail }) =>
        (detail['tags'] as string[]).includes(`tenure:${key}`),
      ),
    countDone: (operation, ref) => countEffects(EFFECTS[operation], (entry) => isAbout(ref, entry)),
    userDataOf: async (ref) => {
      const { data } = await axios.get<{ user_data: { data: string } }>(
        `${sandbox.url}/instances/${ref}/user-data`,
        { headers },
      );
      return Buffer.from(data.user_data.data, 'base64').toString('utf8');
    },
    limitInstances: async (instances) => {
      await levers.post('/vultr/quota', { instances });
    },
    sellOut: async (region, isSoldOut) => {
      await levers.request({
        method: isSoldOut ? 'POST' : 'DELETE',
        url: `/vultr/regions/${region}/sold-out`,
      });
    },
    keepNextPending: async () => {
      await levers.post('/vultr/stuck', { times: 1 });
    },
    deleteBehindOurBack: async (ref) => {
      await levers.delete(`/vultr/instances/${ref}`);
    },
    crowd: async (count) => {
      await levers.post('/vultr/stuck', { times: count });
      const body = { region: 'fra', plan: 'vc2-1c-1gb', os_id: 2284 };
      for (let made = 0; made < count; made += CROWD_AT_ONCE) {
        const batch = Array.from({ length: Math.min(CROWD_AT_ONCE, count - made) }, () =>
          axios.post(`${sandbox.url}/instances`, body, { headers }),
        );
        await Promise.all(batch);
      }
    },
    crowdSnapshots: async (count) => {
      const { data } = await axios.post<{ instance: { id: string } }>(
        `${sandbox.url}/instances`,
        { region: 'fra', plan: 'vc2-1c-1gb', os_id: 2284 },
        { headers },
      );
      await levers.post(`/vultr/instances/${data.instance.id}/snapshots`, { count });
    },
    goDown: async () => {
      isDown = true;
      await sandbox.close();
    },
    comeBack: async () => {
      sandbox = await startVultrSandbox({ ...options, port: Number(port) });
      isDown = false;
    },
    close: async () => {
      if (!isDown) await sandbox.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** Disks and firewall groups name their instance in the label or description that the driver gave them. */
function isAbout(ref: string, { id, detail }: LedgerEntry): boolean {
  const marks = [detail['label'], detail['description']].map(String);
  return id === ref || marks.some((mark) => mark.startsWith('tenure') && mark.endsWith(ref));
}
