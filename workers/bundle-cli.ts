/** Writes the workflow bundle to a file, for images: `node dist/workers/bundle-cli.js <file>`. */
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { workflowBundle } from './bundle.ts';

const [, , file] = process.argv;
if (!file) {
  process.stderr.write('Name the file to write.\n');
  process.exit(1);
}
const bundle = await workflowBundle(tmpdir());
if ('code' in bundle) await writeFile(file, bundle.code);
