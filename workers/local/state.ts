import { randomBytes } from 'node:crypto';
import { mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import pino, { type Logger } from 'pino';
import { readJson, writeJson } from './files.ts';
import { choosePort, requirePort } from './ports.ts';

/** The directory in which the local runtime keeps everything between two starts. */
export interface State {
  directory: string;
  /** Path of a file or directory in it. */
  path(...names: string[]): string;
  /** Path of a process's log. */
  logFile(name: string): string;
  /** A descriptor of that log, for a child that writes JSON lines itself. */
  openLog(name: string): number;
  /** A logger into that log, for what does not. */
  logger(name: string): Logger;
}

/** The secrets of a development installation, made once and kept, so that yesterday's data can be read today. */
export interface LocalSecrets {
  encryptionKeys: string;
  tokenSecret: string;
  adminApiKey: string;
  stripeSecretKey: string;
  stripeWebhookSecret: string;
  vultrApiKey: string;
  /** Of the other providers' stand-ins. */
  providerKey: string;
  /** Part of the names of the database logins: a cluster that outlives these secrets gets new logins. */
  databaseLoginSuffix: string;
  databaseAppPassword: string;
  databaseGatewayPassword: string;
}

const logLimitBytes = 20 * 1024 * 1024;

/** Opens (or creates) the state directory. */
export function openState(directory: string): State {
  const inside = (...names: string[]): string => path.join(directory, ...names);
  mkdirSync(inside('logs'), { recursive: true });
  const logFile = (name: string): string => inside('logs', `${name}.log`);
  return {
    directory,
    path: inside,
    logFile,
    openLog: (name) => {
      turnOver(logFile(name));
      return openSync(logFile(name), 'a');
    },
    logger: (name) => {
      turnOver(logFile(name));
      return pino({ name }, pino.destination({ dest: logFile(name), sync: true }));
    },
  };
}

/** Forgets everything but the logs and the build cache. The next start is a first one. */
export function resetState(state: State): void {
  for (const name of ['postgres', 'temporal', 'sandbox', 'secrets.json', 'ports.json']) {
    rmSync(state.path(name), { recursive: true, force: true });
  }
}

/** Reads the secrets, making the missing ones. The file is readable by its owner only. */
export function openSecrets(state: State): LocalSecrets {
  const file = state.path('secrets.json');
  const secret = (bytes = 24): string => randomBytes(bytes).toString('base64url');
  const letters = (length: number): string =>
    randomBytes(length * 2)
      .toString('base64')
      .replaceAll(/[^A-Za-z0-9]/g, '')
      .slice(0, length);
  const secrets: LocalSecrets = {
    encryptionKeys: `local1:${randomBytes(32).toString('base64')}`,
    tokenSecret: secret(32),
    adminApiKey: `tnr_${letters(8)}_${secret(32)}`,
    stripeSecretKey: `sk_test_${letters(24)}`,
    stripeWebhookSecret: `whsec_${letters(32)}`,
    vultrApiKey: letters(36).toUpperCase(),
    providerKey: letters(36),
    databaseLoginSuffix: letters(8).toLowerCase(),
    databaseAppPassword: secret(),
    databaseGatewayPassword: secret(),
    ...readJson<Partial<LocalSecrets>>(file),
  };
  writeJson(file, secrets, 0o600);
  return secrets;
}

/** Gives out ports: the same ones at every start where they are free. */
export interface Ports {
  /**
   * @param setting environment variable that may fix it.
   * @param preferred tried when there is no remembered one; none means any free port.
   * @throws StartError when the variable names a port that is in use.
   */
  take(setting: string, preferred?: number): Promise<number>;
}

/** Ports of this installation; what was given out is remembered in `ports.json`. */
export function openPorts(state: State, env: NodeJS.ProcessEnv): Ports {
  const file = state.path('ports.json');
  const remembered = readJson<Record<string, number>>(file) ?? {};
  return {
    take: async (setting, preferred) => {
      const fixed = Number(env[setting] || 0);
      if (fixed) return requirePort(fixed, setting);
      const port = await choosePort(remembered[setting], preferred);
      remembered[setting] = port;
      writeJson(file, remembered);
      return port;
    },
  };
}

/** A log that has grown big becomes `<name>.log.1`; the one before that is dropped. */
function turnOver(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > logLimitBytes) renameSync(file, `${file}.1`);
}
