import { join } from 'node:path';
import pino, { type Logger } from 'pino';
import { openGuests } from '../guests/guests.ts';
import { keepGuestPorts } from '../guests/ports.ts';
import { createFaults } from '../shared/faults.ts';
import { openLedger } from '../shared/ledger.ts';
import { lookUp } from '../shared/lookup.ts';
import { startHttp } from '../shared/server.ts';
import { openStore } from '../shared/store.ts';
import { vultrApp } from './app.ts';
import { errorBody } from './errors.ts';
import { createLifecycle } from './lifecycle.ts';
import { type VultrState, type VultrStore, freshState } from './state.ts';

export interface VultrSandboxOptions {
  /** TCP port of the API on 127.0.0.1; 0 takes any free one. */
  port: number;
  /** Holds everything that survives a restart; created if missing. */
  stateDir: string;
  /** The bearer token that the API takes. */
  apiKey: string;
  /** From the create call to a guest that answers, in milliseconds. */
  bootMs: number;
  /** Requests that one address may make in any second (default 30, as the real API); `Infinity` for no limit. */
  ratePerSecond?: number;
  /** The port of every guest's sshd; 0 takes one that is free, and keeps it over restarts. */
  guestSshPort: number;
  /** The port of every Windows guest's remote desktop; 0 as above. */
  guestRdpPort: number;
  /** How many instances a fresh account may have (default 500). */
  instanceLimit?: number;
  logger?: Logger;
}

export interface VultrSandbox {
  /** Base URL of the API; ends in `/v2`. */
  url: string;
  guestSshPort: number;
  guestRdpPort: number;
  /** Stops the API and the guests; all state stays. */
  close(): Promise<void>;
}

/**
 * Starts the stand-in of Vultr's API v2 with its guests, where the last run left it.
 *
 * @throws Error with one sentence when a port is taken or the platform has no addresses for guests.
 */
export async function startVultrSandbox(options: VultrSandboxOptions): Promise<VultrSandbox> {
  const { port, stateDir, apiKey, bootMs, ratePerSecond = 30, instanceLimit = 500 } = options;
  const logger = options.logger ?? pino({ name: 'sandbox-vultr', level: 'warn' });
  const store = openStore<VultrState>(join(stateDir, 'vultr.log'), () => freshState(instanceLimit));
  const ledger = openLedger(join(stateDir, 'ledger.jsonl'), 'vultr');
  const ports = await keepGuestPorts(store, options);
  const guests = openGuests(stateDir, ports, ledger, (id, incoming, outgoing) =>
    countTraffic(store, id, incoming, outgoing),
  );
  guests.keepOnly(new Set(Object.keys(store.state.instances)), new Set(Object.keys(store.state.snapshots)));
  const lifecycle = createLifecycle(store, guests, bootMs, logger);
  const closeAll = async (): Promise<void> => {
    lifecycle.stop();
    await guests.close();
    store.close();
  };
  try {
    await lifecycle.resume();
    const faults = createFaults(errorBody);
    const app = vultrApp({ store, ledger, guests, lifecycle }, faults, apiKey, ratePerSecond, logger);
    const server = await startHttp(app, port);
    return {
      url: `${server.url}/v2`,
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

function countTraffic(store: VultrStore, id: string, incoming: number, outgoing: number): void {
  const record = lookUp(store.state.instances, id);
  if (!record) return;
  const day = new Date().toISOString().slice(0, 10);
  const sofar = record.traffic[day] ?? { incoming_bytes: 0, outgoing_bytes: 0 };
  record.traffic[day] = {
    incoming_bytes: sofar.incoming_bytes + incoming,
    outgoing_bytes: sofar.outgoing_bytes + outgoing,
  };
  store.save('instances', id);
}
