/** SSH clients as the tests of the guests use them. */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import ssh2, { type Client, type ClientChannel, type ConnectConfig, type SFTPWrapper } from 'ssh2';
import type { Instance } from '../../../deploy/sandbox/vultr/state.ts';
import type { TestSandbox } from './vultr-harness.ts';

/** What a client throws when the guest does not let it in. */
export const refused = { level: 'client-authentication' };
/** What it throws when nothing listens. */
export const unreachable = { code: 'ECONNREFUSED' };

/** Logs into guests and hangs up on all of them when told. */
export interface Logins {
  /** @throws Error when refused or unreachable. */
  password(instance: Instance, username: string, password: string): Promise<Client>;
  /** @throws Error when refused or unreachable. */
  open(instance: Instance, config: ConnectConfig): Promise<Client>;
  endAll(): void;
}

export function loginsTo(sandbox: TestSandbox): Logins {
  const clients: Client[] = [];
  const open = async (instance: Instance, config: ConnectConfig): Promise<Client> => {
    const client = new ssh2.Client();
    clients.push(client);
    const ready = once(client, 'ready');
    client.once('connect', () => client.setNoDelay(true));
    const port = config.port ?? sandbox.running().guestSshPort;
    client.connect({ host: instance.main_ip, ...config, port });
    await ready;
    // Being cut off later is what some tests are about.
    client.on('error', () => client.end());
    return client;
  };
  return {
    open,
    password: (instance, username, password) => open(instance, { username, password }),
    endAll: () => {
      for (const client of clients.splice(0)) client.end();
    },
  };
}

export interface Executed {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command over SSH, with its whole input. */
export async function execute(client: Client, command: string, input = ''): Promise<Executed> {
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
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

/** Opens a shell. */
export function shellOf(client: Client): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.shell((error, channel) => (error ? reject(error) : resolve(channel)));
  });
}

/** A key pair: the private half as PEM, the public one as a line of `authorized_keys`. */
export function newKey(): { private: string; public: string } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const pem = privateKey.export({ type: 'sec1', format: 'pem' }).toString();
  const parsed = ssh2.utils.parseKey(pem);
  if (parsed instanceof Error) throw parsed;
  return { private: pem, public: `${parsed.type} ${parsed.getPublicSSH().toString('base64')}` };
}

/** The calls of an SFTP client as promises. */
export interface Sftp {
  mkdir(path: string): Promise<void>;
  rmdir(path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  utimes(path: string, atime: number, mtime: number): Promise<void>;
  readFile(path: string): Promise<Buffer>;
  writeFile(path: string, data: Buffer): Promise<void>;
  stat(path: string): Promise<{ size: number; mtime: number }>;
  readdir(path: string): Promise<string[]>;
  realpath(path: string): Promise<string>;
}

/** Opens SFTP. @throws Error when the guest refuses it. */
export async function sftpOf(client: Client): Promise<Sftp> {
  const sftp = await got<SFTPWrapper>((callback) => client.sftp(callback));
  return {
    mkdir: (path) => done((callback) => sftp.mkdir(path, callback)),
    rmdir: (path) => done((callback) => sftp.rmdir(path, callback)),
    unlink: (path) => done((callback) => sftp.unlink(path, callback)),
    rename: (from, to) => done((callback) => sftp.rename(from, to, callback)),
    symlink: (target, path) => done((callback) => sftp.symlink(target, path, callback)),
    utimes: (path, atime, mtime) => done((callback) => sftp.utimes(path, atime, mtime, callback)),
    writeFile: (path, data) => done((callback) => sftp.writeFile(path, data, callback)),
    readFile: (path) => got<Buffer>((callback) => sftp.readFile(path, callback)),
    stat: (path) => got<{ size: number; mtime: number }>((callback) => sftp.stat(path, callback)),
    readdir: async (path) => {
      const entries = await got<{ filename: string }[]>((callback) => sftp.readdir(path, callback));
      return entries.map(({ filename }) => filename).sort();
    },
    realpath: (path) => got<string>((callback) => sftp.realpath(path, callback)),
  };
}

function done(start: (callback: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
}

function got<T>(start: (callback: (error: Error | undefined, result: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) =>
    start((error, result) => (error ? reject(error) : resolve(result))),
  );
}
