import { join } from 'node:path';
import pino, { type Logger } from 'pino';
import { openGuests } from '../guests/guests.ts';
import { keepGuestPorts } from '../guests/ports.ts';
import { createFaults } from '../shared/faults.ts';
import { openLedger } from '../shared/ledger.ts';
import { startHttp } from '../shared/server.ts';
import { openStore } from '../shared/store.ts';
import { kubevirtApp } from './app.ts';
import type { Cluster } from './cluster.ts';
import { createController } from './controller.ts';
import { type GitSource, createGitReconciler } from './gitops.ts';
import { KINDS } from './kinds.ts';
import { openObjects } from './objects.ts';
import { type KubeState, freshState } from './state.ts';
import { statusBody } from './status.ts';

export interface KubevirtSandboxOptions {
  /** TCP port of the API on 127.0.0.1; 0 takes any free one. */
  port: number;
  /** Holds everything that survives a restart; created if missing. */
  stateDir: string;
  /** The bearer token that the API takes. */
  token: string;
  /** The one namespace that there is (default `tenure`). */
  namespace?: string;
  /** From the create call to a guest that answers, in milliseconds. */
  bootMs: number;
  /** Requests that one address may make in any second (default 400); `Infinity` for no limit. */
  ratePerSecond?: number;
  /** The port of every guest's sshd; 0 takes one that is free, and keeps it over restarts. */
  guestSshPort: number;
  /** The port of every Windows guest's remote desktop; 0 as above. */
  guestRdpPort: number;
  /** How many machines a fresh namespace may have (default 500). */
  instanceLimit?: number;
  /** A repository whose manifests are applied, as Flux does. */
  git?: GitSource;
  logger?: Logger;
}

export interface KubevirtSandbox {
  /** The API server's address. */
  url: string;
  guestSshPort: number;
  guestRdpPort: number;
  /** Stops the API, the controllers and the guests; all state stays. */
  close(): Promise<void>;
}

/**
 * Starts the stand-in of a Kubernetes cluster with KubeVirt and CDI, where the last run left it.
 *
 * @throws Error with one sentence when a port is taken or the platform has no addresses for guests.
 */
export async function startKubevirtSandbox(options: KubevirtSandboxOptions): Promise<KubevirtSandbox> {
  const {
    port,
    stateDir,
    token,
    bootMs,
    namespace = 'tenure',
    ratePerSecond = 400,
    instanceLimit = 500,
  } = options;
  const logger = options.logger ?? pino({ name: 'sandbox-kubevirt', level: 'warn' });
  const store = openStore<KubeState>(join(stateDir, 'kubevirt.log'), () => freshState(instanceLimit));
  const ledger = openLedger(join(stateDir, 'ledger.jsonl'), 'kubevirt');
  const ports = await keepGuestPorts(store, options);
  // Traffic is nothing that this API tells.
  const guests = openGuests(stateDir, ports, ledger, () => undefined);
  const objects = openObjects(store);
  const machineIds = Object.values(store.state.machines).map(({ uid }) => uid);
  const snapshotIds = objects.list(KINDS.snapshot).map(({ metadata }) => metadata.uid);
  guests.keepOnly(new Set(machineIds), new Set(snapshotIds));
  const controller = createController({ store, objects, guests, ledger }, bootMs, logger);
  const cluster: Cluster = { store, objects, ledger, guests, controller, namespace };
  const git = options.git ? createGitReconciler(cluster, options.git, logger) : null;
  const closeAll = async (): Promise<void> => {
    git?.stop();
    controller.stop();
    await guests.close();
    store.close();
  };
  try {
    await controller.resume();
    const app = kubevirtApp(cluster, git, createFaults(statusBody), token, ratePerSecond, logger);
    const server = await startHttp(app, port);
    return {
      url: server.url,
      guestSshPort: ports.ssh,
      guestRdpPort: ports.rdp,
      close: async () => {
        await server.close();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
