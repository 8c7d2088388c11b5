import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { startDaemon } from './daemon.ts';
import { StartError } from './errors.ts';
import { projectRoot } from './node-child.ts';

/** Whether the pages must be built: never built, or older than what they are made of. */
export function isWebBuildStale(root = projectRoot): boolean {
  const built = statSync(path.join(root, 'web/dist/index.html'), { throwIfNoEntry: false })?.mtimeMs;
  if (built === undefined) return true;
  const sources = ['web/src', 'web/public', 'web/index.html', 'web/vite.config.ts', 'package-lock.json'];
  return sources.some((name) => newestIn(path.join(root, name)) > built);
}

/**
 * Builds the pages into `web/dist`.
 *
 * @throws StartError with what the bundler said.
 */
export async function buildWeb(closing: AbortSignal, root = projectRoot): Promise<void> {
  const lines: string[] = [];
  const vite = path.join(root, 'node_modules/vite/bin/vite.js');
  const daemon = await startDaemon(
    process.execPath,
    [vite, 'build', '--config', 'web/vite.config.ts', '--logLevel', 'warn'],
    {
      cwd: root,
      output: (line) => lines.push(line),
    },
  );
  const stop = (): void => void daemon.stop('SIGTERM', 1_000);
  closing.addEventListener('abort', stop);
  const { code } = await daemon.exited;
  closing.removeEventListener('abort', stop);
  if (code === 0 || closing.aborted) return;
  const reason = lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? `exit code ${code}`;
  throw new StartError(`The pages could not be built: ${reason.trim()}; see npm run build:web.`);
}

function newestIn(file: string): number {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  const inside = readdirSync(file).map((name) => newestIn(path.join(file, name)));
  return Math.max(found.mtimeMs, ...inside);
}
