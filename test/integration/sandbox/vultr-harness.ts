/** The Vultr stand-in as its tests use it: started in a directory of its own, with a client that never throws. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import axios, { type AxiosRequestConfig, type AxiosResponse } from 'axios';
import type { ActiveFault } from '../../../deploy/sandbox/shared/faults.ts';
import { type LedgerEntry, readLedger } from '../../../deploy/sandbox/shared/ledger.ts';
import type { Plan } from '../../../deploy/sandbox/vultr/catalog.ts';
import type { Meta } from '../../../deploy/sandbox/vultr/paging.ts';
import type { Instance, Snapshot, SshKey, Traffic } from '../../../deploy/sandbox/vultr/state.ts';
import {
  type VultrSandbox,
  type VultrSandboxOptions,
  startVultrSandbox,
} from '../../../deploy/sandbox/vultr/start.ts';

const apiKey = 'test-key';

/** The smallest request that makes a Linux instance. */
export const linux = { region: 'fra', plan: 'vc2-1c-1gb', os_id: 2284 };
export const windows = { region: 'fra', plan: 'vc2-2c-4gb', os_id: 501 };

/** An instance as an answer carries it; the password is there after creating and reinstalling. */
export type ShownInstance = Instance & { tag: string; default_password: string };

/** What answers may hold; each holds little of it. */
export interface Answer {
  error: string;
  status: number;
  meta: Meta;
  instance: ShownInstance;
  instances: ShownInstance[];
  snapshot: Snapshot;
  snapshots: Snapshot[];
  ssh_key: SshKey;
  plans: Plan[];
  available_plans: string[];
  upgrades: { plans: string[] };
  user_data: { data: string };
  bandwidth: Record<string, Traffic>;
  ipv4s: { ip: string }[];
  faults: ActiveFault[];
  entries: LedgerEntry[];
}

/** An HTTP client that gives every answer back, whatever its status. */
export interface Api {
  get(path: string, config?: AxiosRequestConfig): Promise<AxiosResponse<Answer>>;
  delete(path: string): Promise<AxiosResponse<Answer>>;
  post(path: string, body?: unknown, config?: AxiosRequestConfig): Promise<AxiosResponse<Answer>>;
  put(path: string, body?: unknown): Promise<AxiosResponse<Answer>>;
  patch(path: string, body?: unknown): Promise<AxiosResponse<Answer>>;
  request(config: AxiosRequestConfig): Promise<AxiosResponse<Answer>>;
}

export interface TestSandbox {
  /** Starts the stand-in, or starts it again on the same state. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stops it and removes its state. */
  remove(): Promise<void>;
  /** The running stand-in. @throws Error when it is stopped. */
  running(): VultrSandbox;
  stateDir(): string;
  options(): VultrSandboxOptions;
  /** The API, with its token. */
  api: Api;
  /** The levers; paths are relative to `/__sandbox`. */
  levers: Api;
  ledger(effect: string): LedgerEntry[];
  /** @throws Error when the create is refused. */
  create(body?: object): Promise<ShownInstance>;
  instance(id: string): Promise<ShownInstance>;
  /** Waits until the instance rests. */
  ready(id: string): Promise<ShownInstance>;
  /** Waits until the snapshot is complete. */
  complete(snapshotId: string): Promise<void>;
  /** Creates an instance with this user data in plain text and waits for it. */
  deploy(body: object, userData?: string): Promise<ShownInstance>;
}

export function testSandbox(overrides: Partial<VultrSandboxOptions> = {}): TestSandbox {
  let stateDir = '';
  let current: VultrSandbox | undefined;
  const running = (): VultrSandbox => {
    if (!current) throw new Error('The sandbox is not running.');
    return current;
  };
  const options = (): VultrSandboxOptions => ({
    port: 0,
    stateDir,
    apiKey,
    bootMs: 100,
    ratePerSecond: Infinity,
    guestSshPort: 0,
    guestRdpPort: 0,
    ...overrides,
  });
  const stop = async (): Promise<void> => {
    await current?.close();
    current = undefined;
  };
  const api = clientOf(() => running().url);
  const create = async (body: object = linux): Promise<ShownInstance> => {
    const { status, data } = await api.post('/instances', body);
    if (status !== 202) throw new Error(`create answered ${status}: ${data.error}`);
    return data.instance;
  };
  const instance = async (id: string): Promise<ShownInstance> =>
    (await api.get(`/instances/${id}`)).data.instance;
  const ready = (id: string): Promise<ShownInstance> =>
    until(async () => {
      const seen = await instance(id);
      return seen.status === 'active' && seen.server_status === 'ok' ? seen : undefined;
    });
  return {
    start: async () => {
      if (stateDir === '') stateDir = await mkdtemp(join(tmpdir(), 'vultr-sandbox-'));
      current = await startVultrSandbox(options());
    },
    stop,
    remove: async () => {
      await stop();
      await rm(stateDir, { recursive: true, force: true });
    },
    running,
    stateDir: () => stateDir,
    options,
    api,
    levers: clientOf(() => `${new URL(running().url).origin}/__sandbox`),
    ledger: (effect) => readLedger(join(stateDir, 'ledger.jsonl')).filter((entry) => entry.effect === effect),
    create,
    instance,
    ready,
    complete: async (snapshotId) => {
      await until(async () => {
        const { snapshot } = (await api.get(`/snapshots/${snapshotId}`)).data;
        return snapshot.status === 'complete' ? snapshot : undefined;
      });
    },
    deploy: async (body, userData = '') => {
      const created = await create({ ...body, user_data: Buffer.from(userData).toString('base64') });
      return { ...(await ready(created.id)), default_password: created.default_password };
    },
  };
}

/** A client of an API at the address that it has when asked. */
export function clientOf(baseUrl: () => string, authorization = `Bearer ${apiKey}`): Api {
  const client = axios.create({ headers: { authorization }, validateStatus: () => true });
  const request = (config: AxiosRequestConfig): Promise<AxiosResponse<Answer>> =>
    client.request<Answer>({ ...config, baseURL: baseUrl() });
  return {
    request,
    get: (url, config) => request({ ...config, method: 'get', url }),
    delete: (url) => request({ method: 'delete', url }),
    post: (url, data, config) => request({ ...config, method: 'post', url, data }),
    put: (url, data) => request({ method: 'put', url, data }),
    patch: (url, data) => request({ method: 'patch', url, data }),
  };
}

/** Asks again until there is an answer. @throws Error after ten seconds without one. */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 500; tries += 1) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(20);
  }
  throw new Error('What was waited for did not happen.');
}

/** Starts a stand-in in a process of its own, so that it can be killed. */
export async function startInProcess(
  options: VultrSandboxOptions,
): Promise<{ url: string; process: ChildProcess }> {
  const module = new URL('../../../deploy/sandbox/vultr/start.ts', import.meta.url).href;
  const code = `import { startVultrSandbox } from ${JSON.stringify(module)};
    const options = ${JSON.stringify({ ...options, ratePerSecond: 1_000_000 })};
    const { url } = await startVultrSandbox(options);
    process.stdout.write(url + '\\n');`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return { url: chunk.toString().trim(), process: child };
}

/** The members of an answer and their types on the wire. */
export function typesOf(thing: object): Record<string, string> {
  const typeOf = (value: unknown): string =>
    Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
  return Object.fromEntries(Object.entries(thing).map(([name, value]) => [name, typeOf(value)]));
}
