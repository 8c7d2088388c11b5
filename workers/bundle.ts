/** The workflow bundle, made once per version of the workflow code and kept: a prebuilt one starts a worker three times faster. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type BundlerPlugin, type WorkflowBundle } from '@temporalio/worker';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** What goes into the bundle, besides libraries, whose version is in the lock file. */
const SOURCES = ['workflows', 'schemas'];

/** Bundles the workflows, or reads the bundle of the same sources from `cacheDir`. */
export async function workflowBundle(
  cacheDir: string,
  plugins: BundlerPlugin[] = [],
): Promise<WorkflowBundle> {
  const kind = plugins.length > 0 ? 'traced' : 'plain';
  const file = path.join(cacheDir, `workflows-${kind}-${await fingerprint()}.js`);
  const cached = await readFile(file, 'utf8').catch(() => null);
  if (cached !== null) return { code: cached };
  const bundle = await bundleWorkflowCode({
    workflowsPath: path.join(ROOT, 'workflows', `index${EXTENSION}`),
    failureConverterPath: path.join(ROOT, 'schemas', `failure-converter${EXTENSION}`),
    logger: silent,
    plugins,
  });
  await mkdir(cacheDir, { recursive: true });
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, bundle.code);
  await rename(draft, file);
  return bundle;
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  const lockFile = await readFile(path.join(ROOT, 'package-lock.json')).catch(() => Buffer.alloc(0));
  hash.update(lockFile);
  for (const folder of SOURCES) {
    const names = await readdir(path.join(ROOT, folder), { recursive: true });
    for (const name of names.filter((entry) => entry.endsWith(EXTENSION)).sort()) {
      hash.update(name).update(await readFile(path.join(ROOT, folder, name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

const ignore = (): void => undefined;
const silent = { log: ignore, trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };
