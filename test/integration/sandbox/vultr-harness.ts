import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import axios, { type AxiosInstance } from 'axios';
import ssh2, { type Client, type ConnectConfig } from 'ssh2';
import type { LedgerEntry } from '../../../deploy/sandbox/shared/ledger.ts';
import { readLedger } from '../../../deploy/sandbox/shared/ledger.ts';
import type { Instance } from '../../../deploy/sandbox/vultr/state.ts';
import {
  type VultrSandbox,
  type VultrSandboxOptions,
  startVultrSandbox,
} from '../../../deploy/sandbox/vultr/start.ts';

export const apiKey = 'test-key';

/** The smallest request that makes a Linux instance. */
export const linux = { region: 'fra', plan: 'vc2-1c-1gb', os_id: 2284 };
export const windows = { region: 'fra', plan: 'vc2-2c-4gb', os_id: 501 };

export type CreatedInstance = Instance & { default_password: string };

/** A running stand-in with its own state directory, and a client that does not throw on error answers. */
export class TestSandbox {
  stateDir = '';
  running: VultrSandbox | undefined;
  private readonly options: Partial<VultrSandboxOptions>;

  constructor(options: Partial<VultrSandboxOptions> = {}) {
    this.options = options;
  }

  async start(): Promise<void> {
    if (this.stateDir === '') this.stateDir = await mkdtemp(join(tmpdir(), 'vultr-sandbox-'));
    this.running = await startVultrSandbox({ ...this.allOptions(), ...this.options });
  }

  allOptions(): VultrSandboxOptions {
    return {
      port: 0,
      stateDir: this.stateDir,
      apiKey,
      bootMs: 100,
      ratePerSecond: Infinity,
      guestSshPort: 0,
      guestRdpPort: 0,
    };
  }

  async stop(): Promise<void> {
    await this.running?.close();
    this.running = undefined;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.stateDir, { recursive: true, force: true });
  }

  get url(): string {
    if (!this.running) throw new Error('The sandbox is not running.');
    return this.running.url;
  }

  get api(): AxiosInstance {
    return clientOf(this.url);
  }

  /** The levers; paths are relative to `/__sandbox`. */
  get levers(): AxiosInstance {
    return axios.create({ baseURL: `${new URL(this.url).origin}/__sandbox`, validateStatus: () => true });
  }

  ledger(effect: string): LedgerEntry[] {
    return readLedger(join(this.stateDir, 'ledger.jsonl')).filter((entry) => entry.effect === effect);
  }

  async create(body: object = linux): Promise<CreatedInstance> {
    const { status, data } = await this.api.post('/instances', body);
    if (status !== 202) throw new Error(`create answered ${status}: ${JSON.stringify(data)}`);
    return data.instance;
  }

  async instance(id: string): Promise<Instance> {
    return (await this.api.get(`/instances/${id}`)).data.instance;
  }

  /** Waits until the instance rests: active, ok, and a guest that had the time to come up. */
  async ready(id: string): Promise<Instance> {
    return until(async () => {
      const instance = await this.instance(id);
      return instance.status === 'active' && instance.server_status === 'ok' ? instance : undefined;
    });
  }

  /** Creates an instance with this user data in plain text and waits for it. */
  async deploy(body: object, userData = ''): Promise<Instance & { default_password: string }> {
    const created = await this.create({
      ...body,
      user_data: Buffer.from(userData).toString('base64'),
    });
    return { ...(await this.ready(created.id)), default_password: created.default_password };
  }

  /** Logs in over SSH. @throws Error when refused or unreachable. */
  async login(instance: Instance, credentials: ConnectConfig): Promise<Client> {
    const client = new ssh2.Client();
    const ready = once(client, 'ready');
    client.once('connect', () => client.setNoDelay(true));
    client.connect({
      host: instance.main_ip,
      port: this.running?.guestSshPort,
      ...credentials,
    });
    await ready;
    // Being cut off later is what some tests are about.
    client.on('error', () => client.end());
    return client;
  }
}

export function clientOf(url: string): AxiosInstance {
  return axios.create({
    baseURL: url,
    headers: { authorization: `Bearer ${apiKey}` },
    validateStatus: () => true,
  });
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

export interface Executed {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command over SSH, with its whole input. */
export async function execute(client: Client, command: string, input = ''): Promise<Executed> {
  const channel = await new Promise<ssh2.ClientChannel>((resolve, reject) => {
    client.exec(command, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  const closed = once(channel, 'close') as Promise<[number]>;
  const outcome = { stdout: '', stderr: '' };
  channel.on('data', (chunk: Buffer) => (outcome.stdout += chunk.toString()));
  channel.stderr.on('data', (chunk: Buffer) => (outcome.stderr += chunk.toString()));
  channel.end(input);
  const [code] = await closed;
  return { code, ...outcome };
}

/** Starts a stand-in in a process of its own, so that it can be killed. */
export async function startInProcess(
  options: VultrSandboxOptions,
): Promise<{ url: string; process: ChildProcess }> {
  const module = new URL('../../../deploy/sandbox/vultr/start.ts', import.meta.url).href;
  const code = `import { startVultrSandbox } from ${JSON.stringify(module)};
    const options = ${JSON.stringify({ ...options, ratePerSecond: undefined, logger: undefined })};
    const { url } = await startVultrSandbox({ ...options, ratePerSecond: Infinity });
    process.stdout.write(url + '\\n');`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return { url: chunk.toString().trim(), process: child };
}
