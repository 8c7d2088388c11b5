import { spawn } from 'node:child_process';
import { accessSync, constants, copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { messageOf, StartError } from './errors.ts';

/** The version that `go install` can build; newer ones need replaced modules, which it refuses. */
const cliModule = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';
const sourceHost = 'https://temporal.download/';
const probeLimitMs = 5_000;
const downloadLimitMs = 180_000;
const buildLimitMs = 20 * 60_000;

/** Tenure's own place for what it downloads or builds: `$XDG_CACHE_HOME/tenure`, else `~/.cache/tenure`. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return path.join(env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'tenure');
}

/**
 * Finds a Temporal CLI, or gets one. In this order: `TEMPORAL_CLI_PATH`, `temporal` on PATH, Tenure's cache, the
 * download that Temporal's SDK makes, a build with Go (some minutes, once). What was got is kept in the cache.
 *
 * @param onProgress told what goes on, in a few words, during the long steps.
 * @param signal gives up downloading and building.
 * @returns path of the program.
 * @throws StartError when there is no way to have one; its message names the ways.
 */
export async function findTemporalCli(
  onProgress: (text: string) => void = () => undefined,
  { env = process.env, signal }: { env?: NodeJS.ProcessEnv; signal?: AbortSignal } = {},
): Promise<string> {
  if (env.TEMPORAL_CLI_PATH) {
    if (await isTemporalCli(env.TEMPORAL_CLI_PATH)) return env.TEMPORAL_CLI_PATH;
    throw new StartError(
      `TEMPORAL_CLI_PATH (${env.TEMPORAL_CLI_PATH}) is not a working Temporal CLI; correct it, or unset it to let Tenure find one.`,
    );
  }
  const cached = path.join(cacheDir(env), 'bin', 'temporal');
  for (const candidate of [...onPath('temporal', env), cached]) {
    if (await isTemporalCli(candidate)) return candidate;
  }
  mkdirSync(path.dirname(cached), { recursive: true });
  // On the cache's own file system, so that the last step is a rename.
  const workDir = mkdtempSync(path.join(cacheDir(env), 'getting-'));
  try {
    const got =
      (await download({ workDir, onProgress, env, signal })) ??
      (await build({ workDir, onProgress, env, signal }));
    if (got && (await isTemporalCli(got))) {
      renameSync(got, cached);
      return cached;
    }
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
  throw new StartError(
    'No Temporal CLI: install it (https://docs.temporal.io/cli) so that "temporal" is on PATH or TEMPORAL_CLI_PATH names it, or allow downloads from temporal.download, or install Go so that Tenure can build it.',
  );
}

interface Getting {
  workDir: string;
  onProgress: (text: string) => void;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal | undefined;
}

/** Every executable of this name on PATH, first one first. */
function onPath(name: string, env: NodeJS.ProcessEnv): string[] {
  return (env.PATH ?? '')
    .split(path.delimiter)
    .filter(Boolean)
    .map((directory) => path.join(directory, name))
    .filter(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Other programs are called "temporal" too. */
async function isTemporalCli(file: string): Promise<boolean> {
  if (!isExecutable(file)) return false;
  const { code, output } = await run(file, ['--version'], { limitMs: 20_000 });
  return code === 0 && /temporal version .*Server/i.test(output);
}

/**
 * The SDK has no "download only": its ephemeral server is started and stopped once, in a process of its own that can
 * be given up on.
 */
async function download({ workDir, onProgress, env, signal }: Getting): Promise<string | undefined> {
  onProgress('downloading the Temporal CLI');
  try {
    await fetch(sourceHost, { method: 'HEAD', signal: AbortSignal.timeout(probeLimitMs) });
  } catch (error) {
    onProgress(`download refused (${messageOf(error)})`);
    return undefined;
  }
  const script = fileURLToPath(new URL('temporal-download.ts', import.meta.url));
  const { code } = await run(process.execPath, ['--import', 'tsx', script, workDir], {
    limitMs: downloadLimitMs,
    env,
    signal,
  });
  const [file] = (await readdir(workDir)).filter((name) => name.startsWith('temporal'));
  if (code !== 0 || !file) {
    onProgress('the download failed');
    return undefined;
  }
  const kept = path.join(workDir, 'kept');
  copyFileSync(path.join(workDir, file), kept);
  return kept;
}

async function build({ workDir, onProgress, env, signal }: Getting): Promise<string | undefined> {
  const [go] = onPath('go', env);
  if (!go) return undefined;
  let packages = 0;
  onProgress('building the Temporal CLI with Go, once; about 3 minutes');
  // With -v, go prints the name of each package as it compiles it.
  const { code, output } = await run(go, ['install', '-v', cliModule], {
    limitMs: buildLimitMs,
    signal,
    env: { ...env, GOBIN: workDir, GOFLAGS: '' },
    onLine: () => {
      packages += 1;
      if (packages % 25 === 0) onProgress(`building the Temporal CLI with Go, once: ${packages} packages`);
    },
  });
  if (code !== 0) {
    const reason = output.trim().split('\n').at(-1) ?? 'no reason given';
    onProgress(`the build failed: ${reason}`);
    return undefined;
  }
  return path.join(workDir, 'temporal');
}

interface RunOptions {
  /** The program is killed after so long. */
  limitMs: number;
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  onLine?: (line: string) => void;
}

/** Runs a program to its end; a program that cannot be started has the code -1. */
function run(
  file: string,
  args: string[],
  { limitMs, env, signal, onLine }: RunOptions,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: limitMs, signal });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        output = `${output}${line}\n`.slice(-10_000);
        onLine?.(line);
      });
    }
    child.once('error', (error) => resolve({ code: -1, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? -1, output }));
  });
}
