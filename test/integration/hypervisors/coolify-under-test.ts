/** The Coolify stand-in in the words of the drivers' exam. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios, { type AxiosInstance } from 'axios';
import type {
  Disturbable,
  Disturbance,
  ProviderUnderTest,
} from '../../../activities/hypervisors/conformance.ts';
import { type CoolifyOptions, createCoolifyDriver } from '../../../activities/hypervisors/coolify.ts';
import type { Hypervisor } from '../../../activities/hypervisors/port.ts';
import { type CoolifySandbox, startCoolifySandbox } from '../../../deploy/sandbox/coolify/start.ts';
import type { FaultRule } from '../../../deploy/sandbox/shared/faults.ts';
import type { LedgerEntry } from '../../../deploy/sandbox/shared/ledger.ts';

const TOKEN = '1|sandboxtoken0123456789abcdefghijklmnopqrs';
const TIMEOUT_MS = 1_000;
const CROWD_AT_ONCE = 20;

export type Kind = 'application' | 'service';

const COMPOSE = `
services:
  bot:
    image: ghcr.io/example/bot:1
    environment:
      - SERVICE_URL_BOT_8080
      - BOT_USERNAME=\${TENURE_USERNAME:-admin}
      - BOT_PASSWORD=\${TENURE_PASSWORD}
    volumes:
      - data:/data
volumes:
  data:
`;

const PLANS: Record<Kind, Record<string, unknown>> = {
  service: { kind: 'service', compose: COMPOSE, main: 'bot' },
  application: {
    kind: 'image',
    image: 'ghcr.io/example/bot',
    tag: '1',
    port: 8080,
    healthPath: '/healthz',
    env: { BOT_USERNAME: '${TENURE_USERNAME}', BOT_PASSWORD: '${TENURE_PASSWORD}' },
  },
};

const ONE = '^/api/v1/(applications|services)/[a-z0-9]+';
const ROUTES: Partial<Record<Disturbable, { method: string; path: string }>> = {
  create: { method: 'POST', path: '^/api/v1/(applications/[a-z]+|services)$' },
  list: { method: 'GET', path: '^/api/v1/(applications|services)$' },
  get: { method: 'GET', path: `${ONE}$` },
  start: { method: 'POST', path: '^/api/v1/(services/[a-z0-9]+/start|deploy)$' },
  stop: { method: 'POST', path: `${ONE}/stop$` },
  delete: { method: 'DELETE', path: `${ONE}$` },
  reboot: { method: 'POST', path: `${ONE}/restart$` },
  resize: { method: 'PATCH', path: `${ONE}$` },
  rename: { method: 'PATCH', path: `${ONE}$` },
};

const FAULTS: Record<Disturbance, FaultRule> = {
  'lost-before': { kind: 'lost-before' },
  'lost-after': { kind: 'lost-after' },
  'error-before': { kind: 'status', status: 503 },
  'error-after': { kind: 'status-after', status: 500 },
  hang: { kind: 'hang' },
  slow: { kind: 'slow-body', bytesPerSecond: 10 },
  throttle: { kind: 'throttle' },
};

const EFFECTS: Record<string, string> = {
  start: 'instance.started',
  stop: 'instance.stopped',
  delete: 'instance.deleted',
  reboot: 'restart.queued',
  resize: 'instance.changed',
};

export interface CoolifyUnderTest extends ProviderUnderTest {
  /** Base URL with the version. */
  readonly url: string;
  readonly token: string;
  /** The settings with which Tenure takes it for its Coolify. */
  readonly env: Record<string, string>;
  /** The stand-in's levers; see `controlRoutes` of the stand-in. */
  readonly levers: AxiosInstance;
  connectWith(change: Partial<CoolifyOptions>): Hypervisor;
  ledger(effect: string, ref?: string): Promise<LedgerEntry[]>;
}

/** Starts the stand-in in a directory of its own; the plan under test is of this kind. */
export async function startCoolifyUnderTest(kind: Kind = 'service', bootMs = 150): Promise<CoolifyUnderTest> {
  const stateDir = await mkdtemp(join(tmpdir(), 'tenure-coolify-'));
  const options = { stateDir, token: TOKEN, bootMs, ratePerMinute: Infinity, guestPort: 0 };
  let sandbox: CoolifySandbox = await startCoolifySandbox({ ...options, port: 0 });
  let isDown = false;
  const { origin, port } = new URL(sandbox.url);
  const levers = axios.create({ baseURL: `${origin}/__sandbox` });
  const [fra = '', nyc = ''] = sandbox.serverUuids;
  const uuidOf = (ref: string): string => ref.split(':')[1] ?? '';
  const ledger = async (effect: string, ref?: string): Promise<LedgerEntry[]> => {
    const { data } = await levers.get<{ entries: LedgerEntry[] }>('/ledger', { params: { effect } });
    return data.entries.filter(({ id }) => ref === undefined || id === uuidOf(ref));
  };
  const connectWith = (change: Partial<CoolifyOptions>): Hypervisor =>
    createCoolifyDriver({
      token: TOKEN,
      apiBase: sandbox.url,
      projectUuid: sandbox.projectUuid,
      environment: sandbox.environment,
      serverUuid: fra,
      timeoutMs: TIMEOUT_MS,
      createSettleMs: 2 * TIMEOUT_MS,
      jobMs: 5_000,
      pollMs: 20,
      webPort: sandbox.guestPort,
      requestsPerSecond: 10_000,
      ...change,
    });
  const plan = {
    ...PLANS[kind],
    limits: { cpus: 1, memoryMb: 512 },
    regions: { fra: {}, nyc: { server: nyc } },
  };
  const serverOf = (region: string): string => (region === 'nyc' ? nyc : fra);

  return {
    url: sandbox.url,
    token: TOKEN,
    env: {
      COOLIFY_API_BASE: sandbox.url,
      COOLIFY_TOKEN: TOKEN,
      COOLIFY_PROJECT_UUID: sandbox.projectUuid,
      COOLIFY_SERVER_UUID: fra,
      COOLIFY_ENVIRONMENT: sandbox.environment,
      COOLIFY_WEB_PORT: `${sandbox.guestPort}`,
      COOLIFY_POLL_MS: '50',
      COOLIFY_TIMEOUT_MS: '2000',
      COOLIFY_CREATE_SETTLE_MS: '2500',
      COOLIFY_REQUESTS_PER_SECOND: '10000',
    },
    levers,
    connectWith,
    ledger,
    plan,
    largerPlan: { ...plan, limits: { cpus: 2, memoryMb: 1_024 } },
    region: 'fra',
    otherRegion: 'nyc',
    unknownRef: `${kind}:aaaaaaaaaaaaaaaaaaaaaaaa`,
    crowdSize: 60,
    connect: (wrongToken = TOKEN) => connectWith({ token: wrongToken }),
    disturb: async (call, disturbance, { skip = 0, times = 1 } = {}) => {
      await levers.post('/faults', { ...ROUTES[call], ...FAULTS[disturbance], skip, times });
    },
    calm: async () => {
      if (!isDown) await levers.delete('/faults');
    },
    countMade: async (key) =>
      (await ledger('instance.created')).filter(({ detail }) =>
        String(detail['description']).startsWith(`tenure=${key} `),
      ).length,
    countDone: async (operation, ref) => (await ledger(EFFECTS[operation] ?? operation, ref)).length,
    userDataOf: async (ref) => {
      const { data } = await levers.get<{ variables: Record<string, { value: string }> }>(
        `/coolify/resources/${uuidOf(ref)}`,
      );
      return data.variables['TENURE_USER_DATA']?.value ?? '';
    },
    sellOut: async (region, isSoldOut) => {
      await levers.post(`/coolify/servers/${serverOf(region)}`, { isReachable: !isSoldOut });
    },
    keepNextPending: async () => {
      await levers.post('/coolify/control', { stuck: 1 });
    },
    deleteBehindOurBack: async (ref) => {
      await levers.delete(`/coolify/resources/${uuidOf(ref)}`);
    },
    crowd: async (count) => {
      const headers = { Authorization: `Bearer ${TOKEN}` };
      const place = {
        project_uuid: sandbox.projectUuid,
        environment_name: sandbox.environment,
        server_uuid: fra,
      };
      const image = { ...place, docker_registry_image_name: 'nginx' };
      const service = { ...place, docker_compose_raw: Buffer.from(COMPOSE).toString('base64') };
      for (let made = 0; made < count; made += CROWD_AT_ONCE) {
        const batch = Array.from({ length: Math.min(CROWD_AT_ONCE, count - made) }, (_, index) =>
          // Half of each kind: the two lists are the pages of this inventory.
          index % 2 === 0
            ? axios.post(`${sandbox.url}/applications/dockerimage`, image, { headers })
            : axios.post(`${sandbox.url}/services`, service, { headers }),
        );
        await Promise.all(batch);
      }
    },
    goDown: async () => {
      isDown = true;
      await sandbox.close();
    },
    comeBack: async () => {
      sandbox = await startCoolifySandbox({ ...options, port: Number(port) });
      isDown = false;
    },
    close: async () => {
      if (!isDown) await sandbox.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
