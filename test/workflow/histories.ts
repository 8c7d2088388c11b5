/** Keeps the histories of the tests' workflows for the replay tests, when they are being recorded. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import proto from '@temporalio/proto';
import type { Story } from './story.ts';

/** Directory to write into; set by `npm run replay:record`. */
export const RECORD_INTO = 'TENURE_RECORD_HISTORIES';

/** Writes `<test>.history` (protobuf), or `<test>-<n>.history` if the test told several stories. */
export async function keepHistories(
  test: Mocha.Test | undefined,
  stories: readonly Pick<Story, 'handle'>[],
): Promise<void> {
  const directory = process.env[RECORD_INTO];
  if (!directory || test?.state !== 'passed') return;
  await mkdir(directory, { recursive: true });
  const name = test
    .fullTitle()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  for (const [index, { handle }] of stories.entries()) {
    const history = withoutOrigin(await handle.fetchHistory());
    const file = `${name}${stories.length > 1 ? `-${index + 1}` : ''}.history`;
    await writeFile(
      path.join(directory, file),
      proto.temporal.api.history.v1.History.encode(history).finish(),
    );
  }
}

/** Where code lay and which process ran it is nobody's business, and replay does not look at it. */
const ORIGIN = new Set(['stackTrace', 'identity']);

/** Empties every field that tells where a history was made. Changes the value itself and returns it. */
export function withoutOrigin<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const fields = value as Record<string, unknown>;
  for (const [name, field] of Object.entries(fields)) {
    if (typeof field === 'string' && ORIGIN.has(name)) fields[name] = '';
    else withoutOrigin(field);
  }
  return value;
}
