import { join } from 'node:path';
import pino, { type Logger } from 'pino';
import { openGuests } from '../guests/guests.ts';
import { keepGuestPorts } from '../guests/ports.ts';
import { createFaults } from '../shared/faults.ts';
import { openLedger } from '../shared/ledger.ts';
import { startHttp } from '../shared/server.ts';
import { openStore } from '../shared/store.ts';
import { openstackApp } from './app.ts';
import { ApiError, errorBody } from './errors.ts';
import { createLifecycle } from './lifecycle.ts';
import { type OpenStackState, freshState } from './state.ts';

export interface OpenStackSandboxOptions {
  /** TCP port of all APIs on 127.0.0.1; 0 takes any free one. */
  port: number;
  /** Holds everything that survives a restart; created if missing. */
  stateDir: string;
  applicationCredential: { id: string; secret: string };
  /** The other way in; default `operator`, `sandbox-openstack-password` and project `tenure`. */
  user?: { name: string; password: string; project: string };
  /** Life of a token in ms; default an hour, as Keystone's. */
  tokenLifeMs?: number;
  /** From the create call to a guest that answers, in milliseconds. */
  bootMs: number;
  /** Requests that one address may make in any second; without a limit by default, as the real services. */
  ratePerSecond?: number;
  /** Whether the cloud has Neutron (default true); without it servers have no network. */
  hasNetwork?: boolean;
  /** The port of every guest's sshd; 0 takes one that is free, and keeps it over restarts. */
  guestSshPort: number;
  /** The port of every Windows guest's remote desktop; 0 as above. */
  guestRdpPort: number;
  /** How many servers a fresh project may have (default 500). */
  instanceLimit?: number;
  logger?: Logger;
}

export interface OpenStackSandbox {
  /** Keystone's URL; ends in `/v3`. The others are in its catalogue. */
  url: string;
  guestSshPort: number;
  guestRdpPort: number;
  /** Stops the APIs and the guests; all state stays. */
  close(): Promise<void>;
}

const SANDBOX_USER = { name: 'operator', password: 'sandbox-openstack-password', project: 'tenure' };
const HOUR_MS = 3_600_000;

/**
 * Starts the stand-in of an OpenStack cloud (Keystone, Nova, Glance, Cinder, Neutron) with its guests, where the last run left it.
 *
 * @throws Error with one sentence when a port is taken or the platform has no addresses for guests.
 */
export async function startOpenStackSandbox(options: OpenStackSandboxOptions): Promise<OpenStackSandbox> {
  const { port, stateDir, applicationCredential, bootMs, hasNetwork = true, instanceLimit = 500 } = options;
  const logger = options.logger ?? pino({ name: 'sandbox-openstack', level: 'warn' });
  const store = openStore<OpenStackState>(join(stateDir, 'openstack.log'), () => freshState(instanceLimit));
  // What was made up for a fresh project must be on disk, too.
  store.saveAll('tokenKey');
  store.saveAll('securityGroups');
  const ledger = openLedger(join(stateDir, 'ledger.jsonl'), 'openstack');
  const ports = await keepGuestPorts(store, options);
  const guests = openGuests(stateDir, ports, ledger, () => undefined);
  guests.keepOnly(new Set(Object.keys(store.state.servers)), new Set(Object.keys(store.state.images)));
  const lifecycle = createLifecycle(store, guests, bootMs, logger);
  const closeAll = async (): Promise<void> => {
    lifecycle.stop();
    await guests.close();
    store.close();
  };
  try {
    await lifecycle.resume();
    const faults = createFaults((status) => errorBody('compute', new ApiError(status, `Fault ${status}.`)));
    const identity = {
      applicationCredential,
      user: options.user ?? SANDBOX_USER,
      tokenLifeMs: options.tokenLifeMs ?? HOUR_MS,
    };
    const sandbox = { store, ledger, guests, lifecycle, hasNetwork };
    const app = openstackApp(sandbox, faults, identity, options.ratePerSecond ?? Infinity, logger);
    const server = await startHttp(app, port);
    return {
      url: `${server.url}/identity/v3`,
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
