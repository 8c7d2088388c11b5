/** The Vultr stand-in in the words of the drivers' exam. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios from 'axios';
import type {
  Disturbance,
  Operation,
  ProviderUnderTest,
} from '../../../activities/hypervisors/conformance.ts';
import { createVultrDriver } from '../../../activities/hypervisors/vultr.ts';
import { type VultrSandbox, startVultrSandbox } from '../../../deploy/sandbox/vultr/start.ts';
import type { FaultRule } from '../../../deploy/sandbox/shared/faults.ts';
import type { LedgerEntry } from '../../../deploy/sandbox/shared/ledger.ts';

const API_KEY = 'VULTRTESTKEY0123456789ABCDEFGHIJKLMN';
const TIMEOUT_MS = 1_000;
const CROWD_AT_ONCE = 20;

const ROUTES: Record<Operation, { method: string; path: string }> = {
  create: { method: 'POST', path: '^/v2/instances$' },
  list: { method: 'GET', path: '^/v2/instances$' },
  get: { method: 'GET', path: '^/v2/instances/[^/]+$' },
  start: { method: 'POST', path: '^/v2/instances/[^/]+/start$' },
  stop: { method: 'POST', path: '^/v2/instances/[^/]+/halt$' },
  delete: { method: 'DELETE', path: '^/v2/instances/[^/]+$' },
  'create-snapshot': { method: 'POST', path: '^/v2/snapshots$' },
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

const EFFECTS = { start: 'instance.started', stop: 'instance.halted', delete: 'instance.deleted' } as const;

export interface VultrUnderTest extends ProviderUnderTest {
  /** Base URL with the version. */
  readonly url: string;
  readonly apiKey: string;
  readonly guestSshPort: number;
  readonly guestRdpPort: number;
}

/** Starts the stand-in in a directory of its own. */
export async function startVultrUnderTest(): Promise<VultrUnderTest> {
  const stateDir = await mkdtemp(join(tmpdir(), 'tenure-vultr-'));
  const options = {
    stateDir,
    apiKey: API_KEY,
    bootMs: 200,
    ratePerSecond: Infinity,
    guestSshPort: 0,
    guestRdpPort: 0,
  };
  let sandbox: VultrSandbox = await startVultrSandbox({ ...options, port: 0 });
  let isDown = false;
  const { origin, port } = new URL(sandbox.url);
  const levers = axios.create({ baseURL: `${origin}/__sandbox` });
  const countEffects = async (effect: string, isMeant: (entry: LedgerEntry) => boolean): Promise<number> => {
    const { data } = await levers.get<{ entries: LedgerEntry[] }>('/ledger', { params: { effect } });
    return data.entries.filter(isMeant).length;
  };

  return {
    url: sandbox.url,
    apiKey: API_KEY,
    guestSshPort: sandbox.guestSshPort,
    guestRdpPort: sandbox.guestRdpPort,
    plan: { plan: 'vc2-1c-1gb', osId: 2284, regions: { fra: 'fra', nyc: 'ewr' } },
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
    disturb: async (operation, disturbance, { skip = 0, times = 1 } = {}) => {
      await levers.post('/faults', { ...ROUTES[operation], ...FAULTS[disturbance], skip, times });
    },
    calm: async () => {
      if (!isDown) await levers.delete('/faults');
    },
    countMade: (key) =>
      countEffects('instance.created', ({ detail }) =>
        (detail['tags'] as string[]).includes(`tenure:${key}`),
      ),
    countDone: (operation, ref) => countEffects(EFFECTS[operation], ({ id }) => id === ref),
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
      const headers = { Authorization: `Bearer ${API_KEY}` };
      for (let made = 0; made < count; made += CROWD_AT_ONCE) {
        const batch = Array.from({ length: Math.min(CROWD_AT_ONCE, count - made) }, () =>
          axios.post(`${sandbox.url}/instances`, body, { headers }),
        );
        await Promise.all(batch);
      }
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
