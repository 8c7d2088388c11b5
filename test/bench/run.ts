/** `npm run bench [-- --only r1,r4 --pairs 7 --quick]`: measures, prints a table, writes it as JSON. */
import { parseArgs } from 'node:util';
import { closeLab } from '../harness/lab.ts';
import { PARTS } from './bench.ts';
import type { Finding } from './finding.ts';
import { describeMachine } from './machine.ts';
import { type Report, tableOf, writeReport } from './report.ts';

const DEFAULT_PAIRS = 7;

interface Wishes {
  parts: string[];
  pairs: number;
  quick: boolean;
}

/** @throws Error with one sentence for the command line */
function readWishes(): Wishes {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      pairs: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  });
  const { only, quick } = values;
  const parts = only === undefined ? Object.keys(PARTS) : only.toLowerCase().split(',');
  const unknown = parts.filter((part) => !(part in PARTS));
  if (unknown.length > 0) {
    throw new Error(`There is no part ${unknown.join(', ')}: choose from ${Object.keys(PARTS).join(', ')}.`);
  }
  const pairs = Number(values.pairs ?? (quick ? 1 : DEFAULT_PAIRS));
  if (!Number.isInteger(pairs) || pairs < 1) throw new Error('--pairs must be a whole number from 1 on.');
  return { parts, pairs, quick };
}

/** Measures the parts one after the other, so that none disturbs another. */
export async function bench({ parts, pairs, quick }: Wishes, say: (text: string) => void): Promise<Report> {
  const at = new Date().toISOString();
  const machine = await describeMachine();
  const findings: Finding[] = [];
  for (const part of parts) {
    say(`${part} …`);
    const found = await PARTS[part]?.({ pairs, quick, say: (text) => say(`  ${part}: ${text}`) });
    findings.push(...(found ?? []));
  }
  return { at, machine, pairs, quick, findings };
}

async function main(): Promise<void> {
  const wishes = readWishes();
  const report = await bench(wishes, (text) => process.stderr.write(`${text}\n`));
  console.log(`\n${tableOf(report)}\n`);
  console.log(`Written to ${writeReport(report)}`);
}

if (import.meta.url === `file://${process.argv[1]}`) {
  let failed = false;
  try {
    await main();
  } catch (error) {
    failed = true;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  }
  await closeLab();
  process.exit(failed ? 1 : 0);
}
