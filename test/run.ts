/**
 * `npm test`: the static checks, the pages' build, then every test, in lanes side by side. The last line is always
 * `N passed, N failed`, and a check counts as one; the exit code is 0 only when something ran and nothing failed.
 *
 * With arguments it runs only those tests, e.g. `npm test -- test/unit/money.test.ts`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { findTemporalCli } from '../workers/local/temporal-cli.ts';

interface Check {
  name: string;
  /** Arguments of node. */
  args: string[];
}

interface Counts {
  passed: number;
  failed: number;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const BUILD = path.join(root, '.tenure/test-build');
const bin = (program: string): string => `node_modules/${program}`;

/** Longest first, so that they end together. */
const checks: Check[] = [
  { name: 'lint', args: [bin('eslint/bin/eslint.js'), '.'] },
  // What it compiles is what the tests' workers run: they start three times faster than from source.
  {
    name: 'types',
    args: [bin('typescript/bin/tsc'), ...['-p', 'tsconfig.json', '--noEmit', 'false', '--outDir', BUILD]],
  },
  { name: 'format', args: [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'] },
  {
    name: 'dependency rules',
    args: [
      bin('dependency-cruiser/bin/dependency-cruise.mjs'),
      ...['--config', '.dependency-cruiser.cjs', '--output-type', 'err'],
      ...['workflows', 'activities', 'api', 'workers', 'schemas', 'web', 'deploy', 'test'],
    ],
  },
  {
    name: 'pages',
    args: [bin('vite/bin/vite.js'), 'build', '--config', 'web/vite.config.ts', '--logLevel', 'warn'],
  },
];

/** Tests that mostly wait, for stand-ins with a provider's pace and for workers that were killed. */
const SLOW_PARTS = ['access', 'hypervisors', 'sandbox', 'imports', 'reconcile', 'subscriptions'].map(
  (part) => `test/integration/${part}/**/*.test.ts`,
);

/**
 * Arguments of mocha. Each lane is a process of its own, with servers of its own, and takes about as long as the others. The quick ones
 * come first: a broken unit is named before a broken whole. Fault tests, too, wait a lot, for time-outs and restarts.
 */
const lanes: string[][] = [
  [
    ...['unit', 'workflow', 'replay', 'integration'].map((tier) => `test/${tier}/**/*.test.ts`),
    ...SLOW_PARTS.flatMap((files) => ['--ignore', files]),
  ],
  SLOW_PARTS,
  ['test/chaos/**/*.test.ts'],
];

/** Runs all checks, as many at a time as there are processors, and prints the output of those that fail. */
async function runChecks(): Promise<Counts> {
  const waiting = [...checks];
  const counts = { passed: 0, failed: 0 };
  const work = async (): Promise<void> => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const startedAt = performance.now();
      const { code, output } = await run(check.args);
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
      console.log(`  ${code === 0 ? '✔' : '✖'} ${check.name} (${seconds} s)`);
      if (code === 0) counts.passed += 1;
      else counts.failed += 1;
      if (code !== 0) console.log(output);
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), checks.length) }, work));
  return counts;
}

/** Runs all lanes at once. The first is seen as it runs; what the others printed follows it. */
async function runLanes(): Promise<Counts[]> {
  const [first = [], ...others] = lanes;
  const behind = others.map(async (files) => {
    let output = '';
    const counts = await runTests(files, (text) => (output += text));
    return { counts, output };
  });
  const parts = [await runTests(first, show)];
  for (const lane of behind) {
    const { counts, output } = await lane;
    show(output);
    parts.push(counts);
  }
  return parts;
}

function show(text: string): void {
  process.stdout.write(text);
}

/** Runs mocha with its spec reporter and reads the counts off its epilogue. */
async function runTests(files: string[], onText: (text: string) => void): Promise<Counts> {
  const { code, output } = await run([bin('mocha/bin/mocha.js'), ...files], onText);
  const plain = stripVTControlCharacters(output);
  const count = (outcome: string): number => {
    const found = [...plain.matchAll(new RegExp(`^ {2}(\\d+) ${outcome}`, 'gm'))].at(-1);
    return Number(found?.[1] ?? 0);
  };
  const passed = count('passing');
  const failed = count('failing');
  // A crash has no epilogue, and a run without tests has proved nothing.
  const silent = (code !== 0 && failed === 0) || passed + failed === 0;
  return { passed, failed: silent ? failed + 1 : failed };
}

/** Runs node to its end, with both streams in one. */
async function run(
  args: string[],
  onText: (text: string) => void = () => undefined,
): Promise<{ code: number; output: string }> {
  const colour = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...colour },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      onText(text);
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? 1, output };
}

const chosen = process.argv.slice(2);
const parts: Counts[] = [];
if (chosen.length === 0) {
  console.log('\n  checks');
  // One build for all lanes, should there be none yet.
  await findTemporalCli((text) => console.log(`  ${text}`));
  rmSync(BUILD, { recursive: true, force: true });
  parts.push(await runChecks());
  // See test/harness/program.ts.
  process.env.TENURE_TEST_BUILD = BUILD;
  parts.push(...(await runLanes()));
} else {
  parts.push(await runTests(chosen, show));
}

const passed = parts.reduce((sum, part) => sum + part.passed, 0);
const failed = parts.reduce((sum, part) => sum + part.failed, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
