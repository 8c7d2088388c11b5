/** `npm start`: all of Tenure on one machine, from nothing to a shop, until Ctrl-C. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bringUp } from './bring-up.ts';
import { playPurchase } from './demo.ts';
import { messageOf, StartError } from './errors.ts';
import { createHouse } from './house.ts';
import { endLeftovers, keepRecords, takeLock } from './lock.ts';
import { projectRoot } from './node-child.ts';
import { removeRuntimeFile, type RuntimeFile } from './runtime-file.ts';
import { say, sayTable, shortPath } from './screen.ts';
import { openState, resetState, type State } from './state.ts';

const help = `npm start [-- options]: Postgres, Temporal, mail catcher, sandbox, workers, API and pages on this machine.

  --no-demo  do not play a purchase when all is up
  --reset    forget everything of earlier starts first
  --help     show this
`;

/** The worker drains while everything it needs is still there; the stores go last. */
const stopOrder = ['worker', 'api', 'sandbox', 'temporal', 'postgres'];

async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) {
    say(help);
    return;
  }
  const state = openState(path.resolve(projectRoot, process.env.TENURE_DIR || '.tenure'));
  const release = takeLock(state);
  const log = state.logger('supervisor');
  const house = createHouse({ stopOrder, records: keepRecords(state), log, tell: say });

  let ending: Promise<void> | undefined;
  const end = (exitCode: number): Promise<void> =>
    (ending ??= (async () => {
      removeRuntimeFile(state);
      await house.close();
      release();
      process.exit(exitCode);
    })());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!ending) say('', 'Stopping: the worker finishes what is under way …');
      void end(0);
    });
  }

  try {
    const leftovers = await endLeftovers(state.path);
    if (leftovers.length > 0) say(`Ended what a killed run had left: ${leftovers.join(', ')}.`);
    if (options.reset) resetState(state);
    const runtime = await bringUp(house, state, process.env);
    sayWhereItIs(runtime, state);
    if (!options['no-demo']) await demonstrate(runtime, house.closing);
    say('', 'It stays up until Ctrl-C.');
  } catch (error) {
    // An end that was asked for makes the steps under way fail; that is not news.
    if (ending) return;
    log.fatal({ err: error }, 'could not start');
    complain(error);
    await end(1);
  }
}

function readOptions(): { 'no-demo'?: boolean; reset?: boolean; help?: boolean } {
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({ options: { 'no-demo': flag, reset: flag, help: flag } }).values;
  } catch (error) {
    throw new StartError(`${messageOf(error).split('. ')[0]}; npm start -- --help lists the options.`);
  }
}

function sayWhereItIs({ addresses }: RuntimeFile, state: State): void {
  say('', 'Tenure is up.');
  sayTable([
    ['Shop', addresses.shop],
    ...(addresses.mail ? [['Mail', addresses.mail] satisfies [string, string]] : []),
    ...(addresses.temporalUi ? [['Temporal UI', addresses.temporalUi] satisfies [string, string]] : []),
    ['API docs', addresses.apiDocs],
    ['For scripts', `${shortPath(state.path('runtime.json'))} (addresses, processes, admin API key)`],
    ['Logs', `${shortPath(state.path('logs'))}/`],
  ]);
}

/** A demonstration that fails is told, and the house stays up to be looked at. */
async function demonstrate(runtime: RuntimeFile, closing: AbortSignal): Promise<void> {
  const { stripe, vultr, mail } = runtime.addresses;
  if (!stripe || !vultr || !mail) {
    say('', 'No purchase is played: it would be a real one, as not all third parties are stand-ins.');
    return;
  }
  try {
    await playPurchase(runtime, closing);
  } catch (error) {
    if (closing.aborted) return;
    say('', `The demonstration purchase did not go through: ${messageOf(error)}`);
  }
}

function complain(error: unknown): void {
  const text = error instanceof StartError ? error.message : (error as Error).stack;
  process.stderr.write(`\n${text}\n`);
}

// Whoever read the output may go away before us (`npm start | head`); that is no reason to fall over.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

main().catch((error: unknown) => {
  complain(error);
  process.exit(1);
});
