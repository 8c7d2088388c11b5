import { migrate } from '../../schemas/db/migrate.ts';
import {
  childEnvironment,
  chooseParts,
  databaseUrls,
  sandboxEnvironment,
  takePorts,
  type Wiring,
} from './environment.ts';
import { messageOf, StartError } from './errors.ts';
import type { House } from './house.ts';
import { startNodeChild } from './node-child.ts';
import { startPostgres } from './postgres.ts';
import { preflight } from './preflight.ts';
import { describeRuntime, type RuntimeFile, writeRuntimeFile } from './runtime-file.ts';
import { createProgress, type Progress, showSteps, type Step } from './screen.ts';
import { openPorts, openSecrets, type State } from './state.ts';
import { findTemporalCli } from './temporal-cli.ts';
import { startTemporal } from './temporal.ts';
import { buildWeb, isWebBuildStale } from './web-build.ts';

/** Longer than the workers' own grace for activities under way. */
const workerGraceMs = 20_000;
const graceMs = 5_000;
const readyLimitMs = 30_000;

/**
 * Starts everything that runs here, side by side where nothing has to wait, and shows it.
 *
 * @returns what `runtime.json` says; it is kept up to date while the house stands.
 * @throws StartError with one sentence about what is in the way; the house is closing then.
 */
export async function bringUp(house: House, state: State, env: NodeJS.ProcessEnv): Promise<RuntimeFile> {
  const parts = chooseParts(env);
  const secrets = openSecrets(state);
  const ports = await takePorts(openPorts(state, env));
  // Our own database gets its address when it is up; until then any address will do for looking at the rest.
  const ownerUrl = env.ADMIN_DATABASE_URL || env.DATABASE_URL || 'postgres://127.0.0.1/tenure';
  const wiring: Wiring = {
    parts,
    ports,
    secrets,
    databases: databaseUrls(ownerUrl, secrets, env),
    state,
    env,
  };
  await preflight(parts, childEnvironment(wiring));

  const progress = createProgress();
  const database = openDatabase(house, wiring);
  const temporal = openTemporal(house, wiring, progress);
  const sandbox = openSandbox(house, wiring);
  const pages = isWebBuildStale() ? buildWeb(house.closing) : Promise.resolve('already built');
  const ready = Promise.all([database, temporal, sandbox, pages]);
  const worker = ready.then(() => openWorker(house, wiring));
  const api = ready.then(() => openApi(house, wiring));
  const steps: Step[] = [
    { title: 'Postgres', work: database },
    { title: 'Temporal', work: temporal, progress },
    { title: 'Sandbox', work: sandbox },
    { title: 'Pages', work: pages },
    { title: 'Worker', work: worker },
    { title: 'API', work: api },
  ];
  // The first failure ends the others, also a build of minutes.
  for (const { work } of steps) work.catch(() => house.close());
  await showSteps(steps);

  const facts = describeRuntime({ ...wiring, childEnv: childEnvironment(wiring) });
  const runtime = (): RuntimeFile => ({ ...facts, pids: { supervisor: process.pid, ...house.pids() } });
  writeRuntimeFile(state, runtime());
  house.onChange(() => writeRuntimeFile(state, runtime()));
  return runtime();
}

/** Postgres, with the newest schema in it. Writes the database's addresses into the wiring. */
async function openDatabase(house: House, wiring: Wiring): Promise<string> {
  const { parts, state, secrets, env } = wiring;
  if (parts.ownDatabase) {
    const log = state.logger('postgres');
    let port: number | undefined;
    const postgres = await house.open(
      'postgres',
      async () => {
        const started = await startPostgres({ dataDir: state.path('postgres'), port, log });
        // From now on others know the address, so it stays.
        ({ port } = started);
        return started;
      },
      'SIGINT',
    );
    wiring.databases = databaseUrls(postgres.url, secrets, env);
  }
  const { databases } = wiring;
  const { TENANT_NAME, BOOTSTRAP_API_KEY } = childEnvironment(wiring);
  try {
    const done = await migrate({
      adminUrl: databases.admin,
      appUrl: databases.app,
      gatewayUrl: databases.gateway,
      tenantName: TENANT_NAME ?? 'Tenure',
      bootstrapApiKey: BOOTSTRAP_API_KEY,
    });
    return done.length > 0 ? `${done.length} migrations run` : 'schema up to date';
  } catch (error) {
    throw new StartError(`The database cannot be brought to the newest schema: ${messageOf(error)}.`);
  }
}

async function openTemporal(house: House, wiring: Wiring, progress: Progress): Promise<string> {
  const { parts, ports, state, env } = wiring;
  const { PUBLIC_URL, TEMPORAL_ADDRESS } = childEnvironment(wiring);
  if (!parts.ownTemporal) return `at ${TEMPORAL_ADDRESS}`;
  const cliPath = await findTemporalCli(progress.report, { env, signal: house.closing });
  progress.report('starting');
  const log = state.logger('temporal');
  await house.open('temporal', () =>
    startTemporal({
      cliPath,
      dbFile: state.path('temporal', 'temporal.db'),
      port: ports.temporal,
      uiPort: ports.temporalUi,
      uiCodecEndpoint: `${PUBLIC_URL}/v1/codec`,
      log,
    }),
  );
  return `at ${TEMPORAL_ADDRESS}`;
}

async function openSandbox(house: House, wiring: Wiring): Promise<string> {
  const { parts, state } = wiring;
  const names = [...parts.standIns].join(', ');
  if (!names) return 'not needed';
  const env = sandboxEnvironment(wiring, childEnvironment(wiring));
  const child = { name: 'sandbox', script: 'deploy/sandbox/main.ts', env, state, graceMs };
  await house.open('sandbox', (closing) => startNodeChild(child, closing));
  return names;
}

async function openWorker(house: House, wiring: Wiring): Promise<void> {
  const { state } = wiring;
  const env = childEnvironment(wiring);
  const child = {
    name: 'worker',
    script: 'workers/main.ts',
    args: ['all'],
    env,
    state,
    graceMs: workerGraceMs,
  };
  await house.open('worker', (closing) => startNodeChild(child, closing));
}

async function openApi(house: House, wiring: Wiring): Promise<string> {
  const { state, ports } = wiring;
  const child = { name: 'api', script: 'workers/api.ts', env: childEnvironment(wiring), state, graceMs };
  await house.open('api', (closing) => startNodeChild(child, closing));
  const url = `http://127.0.0.1:${ports.api}`;
  await untilReady(`${url}/readyz`, house.closing);
  return `at ${url}`;
}

/** Listening is not serving: waits until the API says that database and Temporal answer it. */
async function untilReady(url: string, closing: AbortSignal): Promise<void> {
  const deadline = performance.now() + readyLimitMs;
  let last = '';
  while (!closing.aborted && performance.now() < deadline) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      if (answer.ok) return;
      last = await answer.text();
    } catch (error) {
      last = messageOf(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new StartError(`The API does not become ready (${url}): ${last}`);
}
