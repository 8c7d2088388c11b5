/** Worker processes that fault tests kill, replace and start again. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { workflowBundle } from '../../workers/bundle.ts';
import { startDaemon, type Daemon } from '../../workers/local/daemon.ts';
import { lab } from '../harness/lab.ts';
import { program } from '../harness/program.ts';
import type { Tenure } from '../harness/tenure.ts';

export interface Fleet {
  /** Starts a worker of every kind and waits until it polls. */
  start(): Promise<void>;
  /** A crash of all workers: no last word. */
  crash(): Promise<void>;
  /** A crash, and a new worker after `downMs`. */
  crashAndRestart(downMs?: number): Promise<void>;
  /** A rolling update: a new worker beside the old ones, which are then told to end. Resolves when they have. */
  roll(): Promise<void>;
  /** How many workers ended although nobody asked them to. */
  unexpectedEnds(): number;
  /** How often a worker was killed. */
  crashes(): number;
  /** Ends all workers for good. */
  close(): Promise<void>;
}

const ROOT = path.resolve(import.meta.dirname, '../..');
const GRACE_MS = 20_000;
const READY_LIMIT_MS = 60_000;

/** @param env what differs from the Tenure's own environment: addresses of proxies. */
export async function openFleet(tenure: Tenure, env: Record<string, string> = {}): Promise<Fleet> {
  const { dir, log, note, onEnd } = await lab();
  const logger = log(`${tenure.name}-fleet`);
  // As in an image: every worker of a fleet runs the same workflow code, whatever happens to its sources.
  const bundleFile = path.join(dir(`${tenure.name}-bundle`), 'workflows.js');
  const { code } = await workflowBundle(path.resolve('.tenure/test/cache'));
  writeFileSync(bundleFile, code);
  let running: Daemon[] = [];
  let unexpected = 0;
  let crashes = 0;

  const { file: entry, nodeArgs } = program('workers/main.ts');

  const launch = async (): Promise<Daemon> => {
    let sayReady: () => void = () => undefined;
    const ready = new Promise<true>((resolve) => {
      sayReady = () => resolve(true);
    });
    const daemon = await startDaemon(process.execPath, [...nodeArgs, entry, 'all'], {
      cwd: ROOT,
      env: { ...process.env, ...tenure.env, WORKFLOW_BUNDLE: bundleFile, ...env },
      output: (line) => logger.info(line),
      onMessage: (message) => message === 'ready' && sayReady(),
    });
    note(daemon.pid);
    running.push(daemon);
    void daemon.exited.then(() => {
      if (running.includes(daemon)) unexpected += 1;
      running = running.filter((one) => one !== daemon);
    });
    const limit = AbortSignal.timeout(READY_LIMIT_MS);
    const tooLate = new Promise<false>((resolve) =>
      limit.addEventListener('abort', () => resolve(false), { once: true }),
    );
    if (await Promise.race([ready, daemon.exited.then(() => false), tooLate])) return daemon;
    throw new Error(`A worker of ${tenure.name} did not start; see ${tenure.name}-fleet.log.`);
  };
  const takeAll = (): Daemon[] => {
    const all = running;
    running = [];
    return all;
  };
  const crash = async (): Promise<void> => {
    const victims = takeAll();
    crashes += victims.length;
    await Promise.all(victims.map((daemon) => daemon.kill('SIGKILL')));
  };
  const close = async (): Promise<void> => {
    await Promise.all(takeAll().map((daemon) => daemon.stop('SIGKILL', 0)));
  };
  onEnd(close);

  return {
    start: async () => void (await launch()),
    crash,
    async crashAndRestart(downMs = 0) {
      await crash();
      if (downMs > 0) await new Promise((resolve) => setTimeout(resolve, downMs));
      await launch();
    },
    async roll() {
      const old = [...running];
      await launch();
      running = running.filter((daemon) => !old.includes(daemon));
      await Promise.all(old.map((daemon) => daemon.stop('SIGTERM', GRACE_MS)));
    },
    unexpectedEnds: () => unexpected,
    crashes: () => crashes,
    close,
  };
}
