/** The Contabo stand-in in the words of the drivers' exam. */
import { randomUUID } from 'node:crypto';
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
import { createContaboDriver } from '../../../activities/hypervisors/contabo.ts';
import {
  type ContaboSandbox,
  type ContaboSandboxOptions,
  startContaboSandbox,
} from '../../../deploy/sandbox/contabo/start.ts';
import type { FaultRule } from '../../../deploy/sandbox/shared/faults.ts';
import type { LedgerEntry } from '../../../deploy/sandbox/shared/ledger.ts';

export const CREDENTIALS = {
  clientId: 'INT-12000001',
  clientSecret: 'contabo-test-client-secret-0123456789',
  username: 'operator@example.com',
  password: 'Contabo-Test-Password-1!',
};
const TIMEOUT_MS = 1_000;
const CROWD_AT_ONCE = 20;
const INSTANCE = '^/v1/compute/instances/\\d+';

type Had = Extract<ChangingOperation, 'reboot' | 'reinstall' | 'rename' | 'restoreSnapshot'>;

const ROUTES: Record<Exclude<Disturbable, ChangingOperation> | Had, { method: string; path: string }> = {
  create: { method: 'POST', path: '^/v1/compute/instances$' },
  list: { method: 'GET', path: '^/v1/compute/instances$' },
  get: { method: 'GET', path: `${INSTANCE}$` },
  start: { method: 'POST', path: `${INSTANCE}/actions/start$` },
  stop: { method: 'POST', path: `${INSTANCE}/actions/stop$` },
  delete: { method: 'POST', path: `${INSTANCE}/cancel$` },
  'create-snapshot': { method: 'POST', path: `${INSTANCE}/snapshots$` },
  'list-snapshots': { method: 'GET', path: `${INSTANCE}/snapshots$|^/v1/compute/snapshots/audits$` },
  reboot: { method: 'POST', path: `${INSTANCE}/actions/restart$` },
  reinstall: { method: 'PUT', path: `${INSTANCE}$` },
  rename: { method: 'PATCH', path: `${INSTANCE}$` },
  restoreSnapshot: { method: 'POST', path: `${INSTANCE}/snapshots/[^/]+/rollback$` },
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

const EFFECTS: Record<'start' | 'stop' | 'delete' | Had, string> = {
  start: 'instance.started',
  stop: 'instance.stopped',
  delete: 'instance.cancelled',
  reboot: 'instance.restarted',
  reinstall: 'instance.reinstalled',
  rename: 'instance.renamed',
  restoreSnapshot: 'instance.rolled-back',
};

export interface ContaboUnderTest extends ProviderUnderTest {
  /** The levers under `/__sandbox/contabo`. */
  readonly levers: AxiosInstance;
  readonly guestSshPort: number;
  /** The settings that connect a Tenure to it. */
  readonly env: Record<string, string>;
  /** A client that is signed in and names its requests, with whatever answer it gets. */
  signIn(): Promise<AxiosInstance>;
  ledger(effect: string): Promise<LedgerEntry[]>;
}

/** Starts the stand-in in a directory of its own. */
export async function startContaboUnderTest(
  more: Partial<ContaboSandboxOptions> = {},
): Promise<ContaboUnderTest> {
  const stateDir = await mkdtemp(join(tmpdir(), 'tenure-contabo-'));
  const options = {
    ...CREDENTIALS,
    stateDir,
    bootMs: 200,
    ratePerSecond: Infinity,
    guestSshPort: 0,
    guestRdpPort: 0,
    ...more,
  };
  let sandbox: ContaboSandbox = await startContaboSandbox({ ...options, port: 0 });
  let isDown = false;
  const { origin, port } = new URL(sandbox.url);
  const admin = axios.create({ baseURL: `${origin}/__sandbox` });
  const levers = axios.create({ baseURL: `${origin}/__sandbox/contabo` });
  const ledger = async (effect: string): Promise<LedgerEntry[]> =>
    (await admin.get<{ entries: LedgerEntry[] }>('/ledger', { params: { effect } })).data.entries;

  const signIn = async (): Promise<AxiosInstance> => {
    const form = new URLSearchParams({
      grant_type: 'password',
      client_id: CREDENTIALS.clientId,
      client_secret: CREDENTIALS.clientSecret,
      username: CREDENTIALS.username,
      password: CREDENTIALS.password,
    });
    const { data } = await axios.post<{ access_token: string }>(sandbox.authUrl, form);
    const client = axios.create({
      baseURL: sandbox.url,
      headers: { Authorization: `Bearer ${data.access_token}` },
      validateStatus: () => true,
    });
    client.interceptors.request.use((config) => {
      config.headers.set('x-request-id', randomUUID(), false);
      return config;
    });
    return client;
  };

  return {
    levers,
    signIn,
    ledger,
    guestSshPort: sandbox.guestSshPort,
    env: {
      CONTABO_CLIENT_ID: CREDENTIALS.clientId,
      CONTABO_CLIENT_SECRET: CREDENTIALS.clientSecret,
      CONTABO_USERNAME: CREDENTIALS.username,
      CONTABO_PASSWORD: CREDENTIALS.password,
      CONTABO_API_BASE: sandbox.url,
      CONTABO_AUTH_URL: sandbox.authUrl,
      CONTABO_POLL_MS: '50',
      CONTABO_TIMEOUT_MS: String(TIMEOUT_MS),
      CONTABO_CREATE_SETTLE_MS: String(2 * TIMEOUT_MS),
      CONTABO_REQUESTS_PER_SECOND: '10000',
    },
    plan: {
      productId: 'V92',
      imageId: 'd64d5c6c-9dda-4e38-8174-0ee282474d8a',
      regions: { fra: 'EU', nyc: 'US-east' },
    },
    region: 'fra',
    otherRegion: 'nyc',
    unknownRef: '999999999',
    crowdSize: 210,
    unknownSnapshotRef: '999999999:snap1',
    connect: (wrongKey = CREDENTIALS.password) =>
      createContaboDriver({
        ...CREDENTIALS,
        password: wrongKey,
        apiBase: sandbox.url,
        authUrl: sandbox.authUrl,
        timeoutMs: TIMEOUT_MS,
        createSettleMs: 2 * TIMEOUT_MS,
        pollMs: 20,
        requestsPerSecond: 10_000,
      }),
    disturb: async (call, disturbance, { skip = 0, times = 1 } = {}) => {
      if (!(call in ROUTES)) throw new Error(`The driver does not have ${call}.`);
      const route = ROUTES[call as keyof typeof ROUTES];
      await admin.post('/faults', { ...route, ...FAULTS[disturbance], skip, times });
    },
    calm: async () => {
      if (!isDown) await admin.delete('/faults');
    },
    countMade: async (key) =>
      (await ledger('instance.created')).filter(({ detail }) =>
        String(detail['displayName']).endsWith(` tenure:${key}`),
      ).length,
    countDone: async (operation, ref) => {
      if (!(operation in EFFECTS)) throw new Error(`The driver does not have ${operation}.`);
      const effect = EFFECTS[operation as keyof typeof EFFECTS];
      return (await ledger(effect)).filter(({ id }) => id === ref).length;
    },
    userDataOf: async (ref) =>
      (await levers.get<{ userData: string }>(`/instances/${ref}/user-data`)).data.userData,
    limitInstances: async (instances) => {
      await levers.post('/quota', { instances });
    },
    sellOut: async (region, isSoldOut) => {
      const slug = { fra: 'EU', nyc: 'US-east' }[region];
      await levers.request({ method: isSoldOut ? 'POST' : 'DELETE', url: `/regions/${slug}/sold-out` });
    },
    keepNextPending: async () => {
      await levers.post('/held', { times: 1 });
    },
    deleteBehindOurBack: async (ref) => {
      await levers.post(`/instances/${ref}/cancel`);
    },
    crowd: async (count) => {
      const client = await signIn();
      await levers.post('/held', { times: count });
      for (let made = 0; made < count; made += CROWD_AT_ONCE) {
        const batch = Array.from({ length: Math.min(CROWD_AT_ONCE, count - made) }, async () => {
          const { status } = await client.post('/compute/instances', { period: 1 });
          if (status !== 201) throw new Error(`The crowd met ${status}.`);
        });
        await Promise.all(batch);
      }
    },
    goDown: async () => {
      isDown = true;
      await sandbox.close();
    },
    comeBack: async () => {
      sandbox = await startContaboSandbox({ ...options, port: Number(port) });
      isDown = false;
    },
    close: async () => {
      if (!isDown) await sandbox.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
