/** Keeps the histories of the tests' workflows for the replay tests, when they are being recorded. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { Story } from './story.ts';

/** Directory to write into; set by `npm run replay:record`. */
export const RECORD_INTO = 'TENURE_RECORD_HISTORIES';

/** Writes `<test>.json`, or `<test>-<n>.json` if the test told several stories. */
export async function keepHistories(test: Mocha.Test | undefined, stories: Story[]): Promise<void> {
  const directory = process.env[RECORD_INTO];
  if (!directory || test?.state !== 'passed') return;
  await mkdir(directory, { recursive: true });
  const name = test
    .fullTitle()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  for (const [index, { handle }] of stories.entries()) {
    const history = await handle.fetchHistory();
    const file = `${name}${stories.length > 1 ? `-${index + 1}` : ''}.json`;
    await writeFile(path.join(directory, file), `${historyToJSON(history)}\n`);
  }
}
