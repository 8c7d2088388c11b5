import { execFileSync, spawnSync } from 'node:child_process';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright, type Page } from 'playwright-core';
import { cacheDir } from '../../workers/local/temporal-cli.ts';

let browser: Promise<Browser> | undefined;

/**
 * A page of its own context (no cookies of other tests) in the run's real Chromium. Close it with
 * `page.context().close()`; the browser itself is closed after the last test.
 *
 * @param width of the viewport in CSS pixels: 390 is a phone, 1280 a desk.
 * @param locale of the reader, e.g. `de-DE`.
 */
export async function newPage(options: { width?: number; locale?: string } = {}): Promise<Page> {
  const { width = 1_280, locale = 'en-US' } = options;
  browser ??= launch();
  const context = await (
    await browser
  ).newContext({ locale, viewport: { width, height: width < 600 ? 844 : 900 }, serviceWorkers: 'block' });
  context.setDefaultTimeout(15_000);
  return context.newPage();
}

/** Closes the browser if any test used it. */
export async function closeBrowser(): Promise<void> {
  const opened = await browser?.catch(() => undefined);
  browser = undefined;
  await opened?.close();
}

async function launch(): Promise<Browser> {
  const executablePath = await unpack();
  return playwright.launch({
    executablePath,
    env: { ...process.env, ...libraryPath(executablePath) },
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      // The browser's own calls to its maker; tests talk to loopback only.
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-domain-reliability',
      '--disable-sync',
      '--no-pings',
      '--no-first-run',
    ],
  });
}

/** The package unpacks into the temporary directory, half of it if it is killed; so it is moved when it is whole. */
async function unpack(): Promise<string> {
  const directory = path.join(cacheDir(), chromiumName());
  if (!existsSync(directory)) {
    mkdirSync(cacheDir(), { recursive: true });
    const draft = mkdtempSync(path.join(cacheDir(), 'getting-'));
    const before = process.env.TMPDIR;
    process.env.TMPDIR = draft;
    try {
      await chromium.executablePath();
      await unpackLibraries(draft);
      if (!existsSync(directory)) renameSync(draft, directory);
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      rmSync(draft, { recursive: true, force: true });
    }
  }
  return path.join(directory, 'chromium');
}

/** The package's copies of libraries that a bare machine lacks (NSS and what it needs), into `lib/`. */
async function unpackLibraries(directory: string): Promise<void> {
  const packed = createReadStream(path.join(packageDir(), 'bin', 'al2023.tar.br'));
  const archive = path.join(directory, 'libraries.tar');
  await pipeline(packed, createBrotliDecompress(), createWriteStream(archive));
  execFileSync('tar', ['-x', '-C', directory, '-f', archive]);
  rmSync(archive);
}

/** Used only where the machine's own are missing. */
function libraryPath(executable: string): { LD_LIBRARY_PATH?: string } {
  const { stdout } = spawnSync('ldd', [executable], { encoding: 'utf8' });
  return stdout?.includes('not found') ? { LD_LIBRARY_PATH: path.join(path.dirname(executable), 'lib') } : {};
}

function packageDir(): string {
  const entry = fileURLToPath(import.meta.resolve('@sparticuz/chromium'));
  return entry.slice(0, entry.indexOf(`${path.sep}build${path.sep}`));
}

/** One directory per version of the package. */
function chromiumName(): string {
  const manifest = readFileSync(path.join(packageDir(), 'package.json'), 'utf8');
  return `chromium-${(JSON.parse(manifest) as { version: string }).version}`;
}
