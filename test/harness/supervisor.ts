import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RuntimeFile } from '../../workers/local/runtime-file.ts';
import { freePort } from '../../workers/local/ports.ts';
import { lab } from './lab.ts';

/** One run of `npm start`. */
export interface SupervisorRun {
  pid: number;
  /** Everything it has printed so far. */
  output(): string;
  /** What a script sees; throws while it isn't there. */
  runtime(): RuntimeFile;
  /** Waits until it has printed something that matches. @throws Error with the output when it ends before that. */
  until(pattern: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Its exit code, when it has ended. */
  exitCode: Promise<number | null>;
}

/** Settings that would make it use somebody else's parts. */
const outside = [
  ...[
    'DATABASE_URL',
    'ADMIN_DATABASE_URL',
    'GATEWAY_DATABASE_URL',
    'TEMPORAL_ADDRESS',
    'SMTP_URL',
    'API_PORT',
  ],
  ...['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET', 'STRIPE_API_BASE', 'VULTR_API_KEY', 'VULTR_API_BASE'],
];
const portSettings = [
  ...[
    'API_PORT',
    'METRICS_PORT',
    'TEMPORAL_PORT',
    'TEMPORAL_UI_PORT',
    'SANDBOX_VULTR_PORT',
    'SANDBOX_STRIPE_PORT',
  ],
  ...['SANDBOX_MAIL_PORT', 'SANDBOX_SMTP_PORT', 'SANDBOX_GUEST_SSH_PORT', 'SANDBOX_GUEST_RDP_PORT'],
];

/** A state directory for `npm start` that remembers free ports, so that it meets no other installation. */
export async function newStateDir(name: string): Promise<string> {
  const directory = (await lab()).dir(name);
  const ports: Record<string, number> = {};
  for (const setting of portSettings) ports[setting] = await freePort();
  writeFileSync(path.join(directory, 'ports.json'), JSON.stringify(ports));
  return directory;
}

/** Runs `npm start` (without npm, which only passes it on) on a state directory. */
export async function runSupervisor(
  stateDir: string,
  args: string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<SupervisorRun> {
  const { note } = await lab();
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !outside.includes(name)));
  const child = spawn(process.execPath, ['--import', 'tsx', 'workers/local/start.ts', ...args], {
    env: { ...clean, TENURE_DIR: stateDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  note(child.pid!);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  return {
    pid: child.pid!,
    output: () => output,
    runtime: () => JSON.parse(readFileSync(path.join(stateDir, 'runtime.json'), 'utf8')) as RuntimeFile,
    until: (pattern) => printed(child, pattern, () => output),
    kill: (signal) => child.kill(signal),
    exitCode: once(child, 'close').then(([code]) => code as number | null),
  };
}

async function printed(child: ChildProcess, pattern: RegExp, output: () => string): Promise<void> {
  while (!pattern.test(output())) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`It ended:\n${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
