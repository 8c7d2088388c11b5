import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { messageOf } from '../../workers/local/errors.ts';
import { cacheDir } from '../../workers/local/temporal-cli.ts';

const execute = promisify(execFile);

/** The last test server that Maven Central has for the server generation the SDK speaks to. */
const artifact = { group: 'io.temporal', name: 'temporal-test-server', version: '1.31.0' };
const mainClass = 'io.temporal.testserver.TestServer';
const sourceHost = 'https://temporal.download/';
const probeLimitMs = 5_000;
const mavenLimitMs = 300_000;

let environment: Promise<TestWorkflowEnvironment> | undefined;
const guests: (() => Promise<void>)[] = [];

/**
 * The run's time-skipping environment, for `before(async function () { env = await timeSkipping(this) })`. Time is one
 * for the whole environment, so tests that use it must not run side by side (mocha's don't).
 *
 * Where no test server can be had, the tests of the calling suite are skipped and the reason is printed.
 */
export async function timeSkipping(context: Mocha.Context): Promise<TestWorkflowEnvironment> {
  context.timeout(mavenLimitMs + 60_000);
  try {
    return await (environment ??= createEnvironment());
  } catch (error) {
    process.stderr.write(`Skipped, there is no time-skipping test server: ${messageOf(error)}\n`);
    return context.skip();
  }
}

/** Registers what has to leave before the environment is stopped. */
export function beforeTimeSkippingCloses(leave: () => Promise<void>): void {
  guests.push(leave);
}

/** Stops the environment if any test used it. */
export async function closeTimeSkipping(): Promise<void> {
  for (const leave of guests.splice(0)) await leave();
  const opened = await environment?.catch(() => undefined);
  environment = undefined;
  await opened?.teardown();
}

async function createEnvironment(): Promise<TestWorkflowEnvironment> {
  const java = path.join(cacheDir(), `test-server-${artifact.version}`);
  if (!existsSync(java) && (await canDownload())) {
    const downloadDir = path.join(cacheDir(), 'test-server');
    mkdirSync(downloadDir, { recursive: true });
    return TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'cached-download', downloadDir, ttl: '365 days' } },
    });
  }
  if (!existsSync(java)) await fetchWithMaven(java);
  return TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: path.join(java, 'start') } },
  });
}

async function canDownload(): Promise<boolean> {
  try {
    await fetch(sourceHost, { method: 'HEAD', signal: AbortSignal.timeout(probeLimitMs) });
    return true;
  } catch {
    return false;
  }
}

/** Fetches the server and what it needs, and writes the script that starts it. */
async function fetchWithMaven(target: string): Promise<void> {
  process.stderr.write('Fetching the time-skipping test server with Maven, once …\n');
  mkdirSync(cacheDir(), { recursive: true });
  const draft = mkdtempSync(path.join(cacheDir(), 'getting-'));
  try {
    writeFileSync(path.join(draft, 'pom.xml'), pom());
    await execute('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], {
      cwd: draft,
      timeout: mavenLimitMs,
    });
    const start = path.join(draft, 'start');
    // The compiler's first tier is enough for minutes of work, and up sooner.
    writeFileSync(
      start,
      `#!/bin/sh\nexec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx512m -cp '${target}/lib/*' ${mainClass} "$@"\n`,
    );
    chmodSync(start, 0o755);
    if (!existsSync(target)) renameSync(draft, target);
  } catch (error) {
    throw new Error(
      `neither a download from ${sourceHost} nor Maven and Java can bring it (${messageOf(error).split('\n')[0]})`,
      { cause: error },
    );
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function pom(): string {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tenure</groupId><artifactId>test-server</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>${artifact.group}</groupId><artifactId>${artifact.name}</artifactId><version>${artifact.version}</version>
  </dependency><dependency>
    <!-- Says nothing, instead of saying that nobody listens to what it says. -->
    <groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>1.7.36</version>
  </dependency></dependencies>
</project>
`;
}
