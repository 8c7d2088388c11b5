/**
 * `npm run import -- --file servers.csv [--dry-run] [--tell-customers]`: takes over servers that run already, over the API. It may be
 * ended and begun again at any time: what was taken over stays, and nothing is done twice.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { Problem } from '../../schemas/api/common.ts';
import { ImportDetails, type ImportEntryView, type ImportRequest } from '../../schemas/api/imports.ts';
import { type ImportEntry, MOST_ENTRIES } from '../../schemas/imports/entry.ts';
import { readImportFile } from './file.ts';

const USAGE = `npm run import -- --file servers.csv|servers.json [--dry-run] [--tell-customers]

The API and its key come from TENURE_URL and TENURE_API_KEY, or else from a Tenure that runs on this machine.
`;
const LOOK_MS = 500;
/** While the API is away. */
const PAUSES_MS = [500, 2_000, 5_000, 15_000];

interface Api {
  url: string;
  key: string;
}

/** Something that the reader has to mend. */
class CliError extends Error {}

const Runtime = z.object({
  addresses: z.object({ api: z.url() }),
  admin: z.object({ apiKey: z.string() }),
});

async function findApi(env: NodeJS.ProcessEnv): Promise<Api> {
  const { TENURE_URL: url, TENURE_API_KEY: key, TENURE_DIR = '.tenure' } = env;
  if (url !== undefined && key !== undefined) return { url, key };
  try {
    const running = Runtime.parse(JSON.parse(await readFile(path.join(TENURE_DIR, 'runtime.json'), 'utf8')));
    return { url: url ?? running.addresses.api, key: key ?? running.admin.apiKey };
  } catch {
    throw new CliError('No Tenure runs on this machine: set TENURE_URL and TENURE_API_KEY.');
  }
}

/** One request, repeated while nobody answers: its key keeps it from acting twice. */
async function ask(api: Api, route: string, body?: ImportRequest): Promise<ImportDetails> {
  const idempotencyKey = randomUUID();
  const request = (): Promise<Response> =>
    fetch(new URL(route, api.url), {
      method: body ? 'POST' : 'GET',
      headers: {
        authorization: `Bearer ${api.key}`,
        ...(body && { 'content-type': 'application/json', 'idempotency-key': idempotencyKey }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  for (const pauseMs of [...PAUSES_MS, null]) {
    const answer = await request().catch((cause: unknown) => {
      if (pauseMs === null) throw new CliError(`${api.url} does not answer.`, { cause });
      return null;
    });
    if (answer?.ok) return ImportDetails.parse(await answer.json());
    if (answer && (answer.status < 500 || pauseMs === null)) throw await refusal(answer);
    await sleep(pauseMs ?? 0);
  }
  throw new CliError(`${api.url} does not answer.`);
}

async function refusal(answer: Response): Promise<CliError> {
  const problem = Problem.safeParse(await answer.json().catch(() => null)).data;
  if (!problem) return new CliError(`The API answered ${answer.status}.`);
  const { title, detail, nextStep, errors = [] } = problem;
  const fields = errors.map(({ path: field, message }) => `\n  ${field}: ${message}`).join('');
  return new CliError(`${title}${detail === undefined ? '' : `: ${detail}`}${fields}\n${nextStep}`);
}

/** Sends one batch and follows it to its end. */
async function follow(api: Api, request: ImportRequest, say: (line: string) => void): Promise<ImportDetails> {
  let details = await ask(api, '/v1/imports', request);
  let told = '';
  while (details.finishedAt === null) {
    const { waiting = 0, ready = 0, imported = 0 } = details.counts;
    const line = `${details.id}: ${details.state}; ${waiting} to look at, ${ready} to take over, ${imported} taken over`;
    if (line !== told) say(line);
    told = line;
    await sleep(LOOK_MS);
    details = await ask(api, `/v1/imports/${details.id}`);
  }
  return details;
}

function describe({ provider, providerRef, state, ...entry }: ImportEntryView): string {
  const { problems, differences, credentials, subscriptionId } = entry;
  const notes = [
    ...problems.map(({ message }) => message),
    ...differences.map(({ what, expected, seen }) => `${what}: expected ${expected}, seen ${seen}`),
    ...(credentials === 'unknown' ? ['credentials unknown'] : []),
  ];
  const whose = subscriptionId === null ? '' : ` ${subscriptionId}`;
  return [
    `${state.padEnd(9)} ${provider} ${providerRef}${whose}`,
    ...notes.map((note) => `          ${note}`),
  ].join('\n');
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      file: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      'tell-customers': { type: 'boolean', default: false },
    },
  });
  if (values.file === undefined) throw new CliError(USAGE);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const entries: ImportEntry[] = await readImportFile(values.file);
  const api = await findApi(process.env);
  let isAllWell = true;
  for (let from = 0; from < entries.length; from += MOST_ENTRIES) {
    const batch = entries.slice(from, from + MOST_ENTRIES);
    const request = { dryRun: values['dry-run'], tellCustomers: values['tell-customers'], entries: batch };
    const details = await follow(api, request, say);
    for (const entry of details.entries) say(describe(entry));
    const { refused = 0, ...counts } = details.counts;
    if (details.failure !== null) say(`Given up: ${details.failure}`);
    say(
      details.dryRun
        ? `${counts.ready ?? 0} can be taken over, ${counts.unchanged ?? 0} were before, ${refused} cannot. Nothing was written.`
        : `${counts.imported ?? 0} taken over, ${counts.unchanged ?? 0} were before, ${refused} cannot be.`,
    );
    isAllWell &&= refused === 0 && details.failure === null;
  }
  return isAllWell;
}

main()
  .then((isAllWell) => {
    process.exitCode = isAllWell ? 0 : 1;
  })
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
