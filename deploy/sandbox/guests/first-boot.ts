/**
 * What a guest does at its first boot after its accounts are made: the commands of its user data, as far as they start services, and the
 * report that a script among them sends when it is through.
 */
import { readFile, readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GuestFiles } from './files.ts';
import type { Trouble } from './first-boot-troubles.ts';
import type { GuestRecord } from './record.ts';
import { type GuestService, servicesOf } from './services.ts';
import { splitWords } from './words.ts';

/** What the user data wants to be done. */
export interface FirstBootWork {
  /** One command line each, in order. */
  commands: string[];
  /** Where a Windows guest reports; on Linux the script says it. */
  reportUrl?: string;
  trouble?: Trouble;
  done: boolean;
}

/** What happened, for the ledger. */
export type ReportOutcome = { status: 'ok' | 'failed'; stage: string; answers: number[] };

export interface FirstBootTools {
  guest: GuestRecord;
  files: GuestFiles;
  /** Starts what is not running yet. */
  start(services: GuestService[]): Promise<void>;
  reported(outcome: ReportOutcome): void;
  /** Aborted when the guest goes down. */
  down: AbortSignal;
}

const defaultFailure = { stage: '10-docker', log: 'E: Unable to locate package docker.io' };
const tries = 30;
const pauseMs = 500;

/** Where scripts look for steps: the files of a directory that a loop of theirs names. */
const loop = /^for step in (\S+)\/\*; do$/m;
const address = /^url='([^']+)'$/m;

/** Does the work. What the stand-in does not know is taken for done, as most of it is about packages and settings. */
export async function runFirstBoot(work: FirstBootWork, tools: FirstBootTools): Promise<void> {
  const { trouble } = work;
  if (trouble?.kind === 'late') await sleep(trouble.delayMs, undefined, { signal: tools.down });
  for (const command of work.commands) {
    const script = await readScript(command, tools.files);
    if (script === undefined) await runLine(command, tools, trouble);
    else await runScript(script, tools, trouble);
  }
  if (work.reportUrl !== undefined) await report(work.reportUrl, tools, trouble);
}

/** The text of the script that a command line is, if it is one of the guest's own files. */
async function readScript(command: string, files: GuestFiles): Promise<string | undefined> {
  const [path = '', ...more] = splitWords(command);
  return path.startsWith('/') && more.length === 0 ? readGuestFile(files, path) : undefined;
}

async function runScript(text: string, tools: FirstBootTools, trouble?: Trouble): Promise<void> {
  const directory = loop.exec(text)?.[1];
  const steps = directory === undefined ? [] : await stepsIn(tools.files, directory);
  if (trouble?.kind !== 'fails') {
    for (const step of steps) await runLines(step, tools, trouble);
  }
  const url = address.exec(text)?.[1];
  if (url !== undefined) await report(url, tools, trouble);
}

async function stepsIn(files: GuestFiles, directory: string): Promise<string[]> {
  const names = await readdir(files.hostPath('/', directory)).catch(() => []);
  const texts = names.sort().map((name) => readGuestFile(files, `${directory}/${name}`));
  return (await Promise.all(texts)).map((text) => text ?? '');
}

async function runLines(text: string, tools: FirstBootTools, trouble?: Trouble): Promise<void> {
  for (const line of text.split('\n')) await runLine(line.trim(), tools, trouble);
}

/** `systemctl … NAME` and `docker compose -f FILE up`; a unit's own commands are run, too. */
async function runLine(line: string, tools: FirstBootTools, trouble?: Trouble): Promise<void> {
  const words = splitWords(line);
  const program = basename(words[0] ?? '');
  if (program === 'systemctl') {
    const unit = (words.at(-1) ?? '').replace(/\.service$/, '');
    const starts = words.includes('--now') || words[1] === 'start' || words[1] === 'restart';
    if (!starts || unit === '') return;
    tools.guest.units = [...new Set([...(tools.guest.units ?? []), unit])];
    const text = await readGuestFile(tools.files, `/etc/systemd/system/${unit}.service`);
    for (const [, command = ''] of (text ?? '').matchAll(/^ExecStart=(.+)$/gm))
      await runLine(command, tools, trouble);
  }
  if (program === 'docker' && words[1] === 'compose' && words.includes('up')) {
    const file = words[words.findIndex((word) => word === '-f' || word === '--file') + 1] ?? '';
    const text = await readGuestFile(tools.files, file);
    if (text === undefined) return;
    if (trouble?.kind === 'late-services') startLater(servicesOf(text), trouble.delayMs, tools);
    else await tools.start(servicesOf(text));
  }
}

/** They come up when the report is long out. */
function startLater(services: GuestService[], delayMs: number, tools: FirstBootTools): void {
  sleep(delayMs, undefined, { signal: tools.down })
    .then(() => tools.start(services))
    .catch(() => undefined);
}

async function report(url: string, tools: FirstBootTools, trouble?: Trouble): Promise<void> {
  const body =
    trouble?.kind === 'fails'
      ? { status: 'failed' as const, ...defaultFailure, ...trouble.failure }
      : { status: 'ok' as const, stage: 'done', log: '== done' };
  const told = (answers: number[]): void =>
    tools.reported({ status: body.status, stage: body.stage, answers });
  switch (trouble?.kind) {
    case 'silent':
      return;
    case 'wrong-token':
      return told([await send(forged(url), body, tools.down)]);
    case 'twice':
      return told(await Promise.all([send(url, body, tools.down), send(url, body, tools.down)]));
    default:
      return told([await send(url, body, tools.down)]);
  }
}

/** Another token of the same form. */
function forged(url: string): string {
  const other = url.at(-5) === 'A' ? 'B' : 'A';
  return `${url.slice(0, -5)}${other}${url.slice(-4)}`;
}

/** Posts a form, as the script's `curl` does, until the answer is one that another try would not change. @returns its status, or 0 */
async function send(url: string, body: Record<string, string>, down: AbortSignal): Promise<number> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    try {
      const { status } = await fetch(url, { method: 'POST', body: new URLSearchParams(body), signal: down });
      if (status < 300 || status === 404 || status === 422) return status;
    } catch (error) {
      if (down.aborted) throw error;
    }
    await sleep(pauseMs, undefined, { signal: down });
  }
  return 0;
}

function readGuestFile(files: GuestFiles, path: string): Promise<string | undefined> {
  return readFile(files.hostPath('/', path), 'utf8').catch(() => undefined);
}
