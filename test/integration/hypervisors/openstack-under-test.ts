/** The OpenStack stand-in in the words of the drivers' exam. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios, { type AxiosInstance } from 'axios';
import type {
  ChangingOperation,
  Disturbable,
  Disturbance,
  ProviderUnderTest,
} from '../../../activities/hypervisors/conformance.ts';
import { type OpenStackOptions, createOpenStackDriver } from '../../../activities/hypervisors/openstack.ts';
import type { Hypervisor } from '../../../activities/hypervisors/port.ts';
import {
  type OpenStackSandbox,
  type OpenStackSandboxOptions,
  startOpenStackSandbox,
} from '../../../deploy/sandbox/openstack/start.ts';
import type { FaultRule } from '../../../deploy/sandbox/shared/faults.ts';
import type { LedgerEntry } from '../../../deploy/sandbox/shared/ledger.ts';

export const CREDENTIAL = { id: 'b7d1c2e3f4a5968778695a4b3c2d1e0f', secret: 'test-secret-0123456789abcdef' };
export const IMAGE_ID = '5f3a9c52-6a0e-4a59-9a43-1c2b8b9a7e01';
export const PUBLIC_NETWORK = 'c0ffee00-0000-4000-8000-000000000001';
export const PRIVATE_NETWORK = 'c0ffee00-0000-4000-8000-000000000002';
export const PLAN = {
  flavor: 'm1.small',
  image: 'Ubuntu 24.04',
  regions: { fra: 'az-1', nyc: 'az-2', any: null },
};
const TIMEOUT_MS = 1_000;
const CROWD_AT_ONCE = 20;

const SERVERS = '^/compute/v2.1/servers';
const ACTION = { method: 'POST', path: `${SERVERS}/[^/]+/action$` };
const ROUTES: Record<Disturbable, { method: string; path: string }> = {
  create: { method: 'POST', path: `${SERVERS}$` },
  list: { method: 'GET', path: `${SERVERS}/detail$` },
  get: { method: 'GET', path: `${SERVERS}/(?!detail$)[^/]+$` },
  start: ACTION,
  stop: ACTION,
  delete: { method: 'DELETE', path: `${SERVERS}/[^/]+$` },
  'create-snapshot': ACTION,
  'list-snapshots': { method: 'GET', path: '^/image/v2/images$' },
  reboot: ACTION,
  resize: ACTION,
  reinstall: ACTION,
  rename: { method: 'PUT', path: `${SERVERS}/[^/]+$` },
  restoreSnapshot: ACTION,
  addDisk: { method: 'POST', path: '^/volume/v3/[^/]+/volumes$' },
  removeDisk: { method: 'DELETE', path: `${SERVERS}/[^/]+/os-volume_attachments/[^/]+$` },
  addAddress: { method: 'POST', path: '^/network/v2.0/floatingips$' },
  removeAddress: { method: 'DELETE', path: '^/network/v2.0/floatingips/[^/]+$' },
  setFirewall: { method: 'POST', path: '^/network/v2.0/security-groups$' },
};

const FAULTS: Record<Disturbance, FaultRule> = {
  'lost-before': { kind: 'lost-before' },
  'lost-after': { kind: 'lost-after' },
  'error-before': { kind: 'status', status: 503 },
  'error-after': { kind: 'status-after', status: 500 },
  hang: { kind: 'hang' },
  // Even an empty page takes longer than the driver waits.
  slow: { kind: 'slow-body', bytesPerSecond: 10 },
  throttle: { kind: 'throttle' },
};

/** What each operation does to a server, in the words of the ledger. */
const EFFECTS: Record<'start' | 'stop' | 'delete' | ChangingOperation, (entry: LedgerEntry) => boolean> = {
  start: ({ effect }) => effect === 'server.started',
  stop: ({ effect }) => effect === 'server.stopped',
  delete: ({ effect }) => effect === 'server.deleted',
  reboot: ({ effect }) => effect === 'server.rebooted',
  resize: ({ effect }) => effect === 'server.resized',
  reinstall: ({ effect, detail }) => effect === 'server.rebuilt' && detail['fromSnapshot'] === false,
  rename: ({ effect }) => effect === 'server.renamed',
  restoreSnapshot: ({ effect, detail }) => effect === 'server.rebuilt' && detail['fromSnapshot'] === true,
  addDisk: ({ effect }) => effect === 'volume.created',
  removeDisk: ({ effect }) => effect === 'volume.deleted',
  addAddress: ({ effect }) => effect === 'floating-ip.created',
  removeAddress: ({ effect }) => effect === 'floating-ip.deleted',
  setFirewall: ({ effect }) => effect === 'security-group.changed',
};

export interface OpenStackUnderTest extends ProviderUnderTest {
  /** Keystone's URL. */
  readonly url: string;
  readonly guestSshPort: number;
  /** The settings that connect a Tenure to it. */
  readonly env: Record<string, string>;
  /** The stand-in's levers, below `/__sandbox`. */
  readonly levers: AxiosInstance;
  ledger(): Promise<LedgerEntry[]>;
  /** A driver with other options. */
  connectWith(options: Partial<OpenStackOptions>): Hypervisor;
}

/** Starts the stand-in in a directory of its own. */
export async function startOpenStackUnderTest(
  more: Partial<OpenStackSandboxOptions> = {},
): Promise<OpenStackUnderTest> {
  const stateDir = await mkdtemp(join(tmpdir(), 'tenure-openstack-'));
  const options = {
    stateDir,
    applicationCredential: CREDENTIAL,
    bootMs: 200,
    guestSshPort: 0,
    guestRdpPort: 0,
    ...more,
  };
  let sandbox: OpenStackSandbox = await startOpenStackSandbox({ ...options, port: 0 });
  let isDown = false;
  const { origin, port } = new URL(sandbox.url);
  const levers = axios.create({ baseURL: `${origin}/__sandbox` });
  const ledger = async (): Promise<LedgerEntry[]> =>
    (await levers.get<{ entries: LedgerEntry[] }>('/ledger')).data.entries;
  const connectWith = (changed: Partial<OpenStackOptions>): Hypervisor =>
    createOpenStackDriver({
      authUrl: sandbox.url,
      credentials: { applicationCredential: CREDENTIAL },
      interface: 'public',
      networks: 'auto',
      floatingNetwork: PUBLIC_NETWORK,
      timeoutMs: TIMEOUT_MS,
      createSettleMs: 2 * TIMEOUT_MS,
      pollMs: 20,
      requestsPerSecond: 10_000,
      ...changed,
    });

  return {
    url: sandbox.url,
    guestSshPort: sandbox.guestSshPort,
    env: {
      OPENSTACK_AUTH_URL: sandbox.url,
      OPENSTACK_APPLICATION_CREDENTIAL_ID: CREDENTIAL.id,
      OPENSTACK_APPLICATION_CREDENTIAL_SECRET: CREDENTIAL.secret,
    },
    levers,
    ledger,
    connectWith,
    plan: PLAN,
    largerPlan: { ...PLAN, flavor: 'm1.medium' },
    region: 'fra',
    otherRegion: 'nyc',
    unknownRef: '00000000-0000-4000-8000-000000000000',
    connect: (secret = CREDENTIAL.secret) =>
      connectWith({ credentials: { applicationCredential: { id: CREDENTIAL.id, secret } } }),
    disturb: async (call, disturbance, { skip = 0, times = 1 } = {}) => {
      await levers.post('/faults', { ...ROUTES[call], ...FAULTS[disturbance], skip, times });
    },
    calm: async () => {
      if (!isDown) await levers.delete('/faults');
    },
    countMade: async (key) =>
      (await ledger()).filter(
        ({ effect, detail }) =>
          effect === 'server.created' && (detail['tags'] as string[]).includes(`tenure:${key}`),
      ).length,
    countDone: async (operation, ref) =>
      (await ledger()).filter((entry) => isAbout(ref, entry) && EFFECTS[operation](entry)).length,
    userDataOf: async (ref) =>
      (await levers.get<{ userData: string }>(`/openstack/servers/${ref}/user-data`)).data.userData,
    limitInstances: async (instances) => {
      await levers.post('/openstack/quota', { instances });
    },
    sellOut: async (region, isSoldOut) => {
      const zone = PLAN.regions[region as 'fra' | 'nyc'];
      const method = isSoldOut ? 'POST' : 'DELETE';
      await levers.request({ method, url: `/openstack/zones/${zone}/closed` });
    },
    keepNextPending: async () => {
      await levers.post('/openstack/stuck', { times: 1 });
    },
    deleteBehindOurBack: async (ref) => {
      await levers.delete(`/openstack/servers/${ref}`);
    },
    crowd: async (count) => {
      await levers.post('/openstack/stuck', { times: count });
      const headers = await logIn(sandbox.url);
      const body = { server: { name: 'crowd', flavorRef: '1', imageRef: IMAGE_ID, networks: 'none' } };
      for (let made = 0; made < count; made += CROWD_AT_ONCE) {
        const batch = Array.from({ length: Math.min(CROWD_AT_ONCE, count - made) }, () =>
          axios.post(`${origin}/compute/v2.1/servers`, body, { headers }),
        );
        await Promise.all(batch);
      }
    },
    crowdSnapshots: async (count) => {
      await levers.post('/openstack/snapshots', { times: count });
    },
    goDown: async () => {
      isDown = true;
      await sandbox.close();
    },
    comeBack: async () => {
      sandbox = await startOpenStackSandbox({ ...options, port: Number(port) });
      isDown = false;
    },
    close: async () => {
      if (!isDown) await sandbox.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** The headers of another client of the project. */
async function logIn(authUrl: string): Promise<Record<string, string>> {
  const identity = { methods: ['application_credential'], application_credential: CREDENTIAL };
  const { headers } = await axios.post(`${authUrl}/auth/tokens`, { auth: { identity } });
  return { 'X-Auth-Token': String(headers['x-subject-token']), 'OpenStack-API-Version': 'compute 2.90' };
}

/** Volumes name their server in their metadata, floating addresses have it, and groups bear its id in their name. */
function isAbout(ref: string, { id, detail }: LedgerEntry): boolean {
  const { tenure_server: server } = (detail['metadata'] ?? {}) as Record<string, string>;
  return [id, detail['server'], server].includes(ref) || detail['name'] === `tenure-${ref}`;
}
