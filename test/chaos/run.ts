/**
 * `npm run chaos -- --minutes 30 --seed 7`: the fault table in its long version; with `--fleet 1000` the fleet's proof in its place. Prints what happens while it happens, then a
 * report that names n with every zero, and writes it as JSON beside the dossiers in `.tenure/chaos/`. Exit code 1 on a violation.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { closeLab } from '../harness/lab.ts';
import { badLinks } from './scenarios/bad-links.ts';
import { failingCompensation } from './scenarios/compensation.ts';
import { creations } from './scenarios/creations.ts';
import { lostAnswers } from './scenarios/lost-answers.ts';
import { nemesis } from './scenarios/nemesis.ts';
import { postgresCrash, temporalCrash } from './scenarios/outages.ts';
import { poison } from './scenarios/poison.ts';
import { rollingUpdates, sharedQuota, throttleStorm } from './scenarios/pressure.ts';
import { signalFlood } from './scenarios/signals.ts';
import { everyOrderOfEvents, repeatedWebhooks } from './scenarios/webhooks.ts';
import { crashAtEveryBoundary, crashAtRandom } from './scenarios/worker-crash.ts';
import { isClean, openVerdict, upTo, type Verdict } from './verdict.ts';

const HELP = `npm run chaos -- [options]: every fault of docs/chaos.md, in long.

  --minutes <n>  how long F16 takes (default 30)
  --seed <n>     draws the same kills and strokes again (default: another one each time, printed)
  --only <list>  only these lines of the table, e.g. F1,F16
  --fleet <n>    in place of the table: n creations across six providers, with faults in 5 % and a worker killed now and then
  --help         show this
`;

interface Trial {
  fault: string;
  run: () => Promise<Verdict>;
}

interface Options {
  minutes: number;
  seed: number;
  only: string[] | null;
  fleet: number | null;
}

/** So many creations lie between one kill and the next. */
const CREATIONS_PER_KILL = 50;

function trials({ minutes, seed, fleet }: Options): Trial[] {
  if (fleet !== null) {
    const kills = Math.max(1, Math.round(fleet / CREATIONS_PER_KILL));
    const run = () => creations({ creations: fleet, kills, seed, onProgress: sayProgress });
    return [{ fault: 'FLEET', run: async () => (await run()).verdict }];
  }
  return [
    { fault: 'F1', run: crashAtEveryBoundary },
    { fault: 'F1', run: () => crashAtRandom({ subscriptions: 300, seed }) },
    { fault: 'F2', run: () => rollingUpdates({ times: 20, cohort: 10 }) },
    { fault: 'F3', run: () => temporalCrash({ purchases: 5, downMs: 5_000, times: 10 }) },
    { fault: 'F4', run: () => postgresCrash({ purchases: 3, downMs: 10_000, times: 10 }) },
    { fault: 'F5', run: () => repeatedWebhooks(7) },
    { fault: 'F6', run: everyOrderOfEvents },
    { fault: 'F7', run: () => lostAnswers(50) },
    { fault: 'F8', run: () => throttleStorm({ orders: 30, stormMs: 300_000 }) },
    { fault: 'F8', run: () => sharedQuota({ workers: 3, orders: 40, perSecond: 20 }) },
    {
      fault: 'F9',
      run: () => badLinks({ faultMs: 30_000, purchases: 10, oneByOne: true, backWithinMs: 30_000 }),
    },
    { fault: 'F10', run: failingCompensation },
    { fault: 'F14', run: () => signalFlood(10_000) },
    { fault: 'F15', run: poison },
    { fault: 'F16', run: () => nemesis({ minutes, seed, onProgress: sayProgress }) },
  ];
}

async function main(): Promise<void> {
  const options = readOptions();
  if (!options) return;
  const { seed, only } = options;
  console.log(`Seed ${seed}.`);
  const verdicts: (Verdict & { seconds: number })[] = [];
  for (const { fault, run } of trials(options)) {
    if (only && !only.includes(fault)) continue;
    const startedAt = performance.now();
    console.log(`${fault} …`);
    const verdict = await run().catch((error: unknown) => failed(fault, error));
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    verdicts.push({ ...verdict, seconds });
    console.log(`  ${isClean(verdict) ? '✔' : '✖'} ${verdict.title} (${seconds} s)`);
  }
  await closeLab();
  report(verdicts, seed);
  process.exitCode = verdicts.every(isClean) && verdicts.length > 0 ? 0 : 1;
}

function readOptions(): Options | null {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '30' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
      only: { type: 'string' },
      fleet: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  const fleet = values.fleet === undefined ? null : Number(values.fleet);
  const isFleetFine = fleet === null || (Number.isInteger(fleet) && fleet > 0);
  if (values.help || !(minutes > 0) || !Number.isSafeInteger(seed) || !isFleetFine) {
    console.log(HELP);
    process.exitCode = values.help ? 0 : 2;
    return null;
  }
  return { minutes, seed, fleet, only: values.only?.split(',') ?? null };
}

/** A trial that could not be carried out to its end has not shown anything. */
function failed(fault: string, error: unknown): Verdict {
  const verdict = openVerdict(fault, 'broken off');
  const message = error instanceof Error ? error.message : String(error);
  verdict.never('a trial broken off', false, () => message);
  return verdict.close();
}

function report(verdicts: (Verdict & { seconds: number })[], seed: number): void {
  const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`;
  console.log(`\nSeed ${seed}, on ${machine}.\n`);
  for (const { fault, title, checks, figures, seconds } of verdicts) {
    const sizes = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
    console.log(`${fault}  ${title} (${seconds} s)`);
    if (sizes.length > 0) console.log(`     ${sizes.join(' · ')}`);
    for (const { what, n, violations } of checks) {
      const count = `${violations.length} of ${n}`.padStart(14);
      console.log(`${count}  ${what}${upTo(n, violations.length)}`);
      for (const violation of violations) console.log(`${' '.repeat(16)}✖ ${violation}`);
    }
  }
  const file = path.resolve('.tenure/chaos', `report-${seed}.json`);
  mkdirSync(path.dirname(file), { recursive: true });
  const at = new Date().toISOString();
  writeFileSync(
    file,
    JSON.stringify({ at, machine, seed, clean: verdicts.every(isClean), verdicts }, null, 2),
  );
  console.log(`\nWritten to ${path.relative('', file)}.`);
}

function sayProgress(line: string): void {
  console.log(`  ${new Date().toISOString().slice(11, 19)} ${line}`);
}

await main();
