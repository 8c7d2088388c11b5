/** `npm run replay:record`: tells every story of the workflow tests again and keeps their histories. Takes about a minute. */
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { RECORD_INTO } from '../workflow/histories.ts';

const DIRECTORY = path.join(import.meta.dirname, 'histories');

rmSync(DIRECTORY, { recursive: true, force: true });
const { status } = spawnSync(
  process.execPath,
  ['node_modules/mocha/bin/mocha.js', 'test/workflow/**/*.test.ts'],
  {
    stdio: 'inherit',
    env: { ...process.env, [RECORD_INTO]: DIRECTORY },
  },
);
process.stdout.write(`${readdirSync(DIRECTORY).length} histories in ${DIRECTORY}\n`);
process.exitCode = status ?? 1;
