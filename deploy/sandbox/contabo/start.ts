import { join } from 'node:path';
import pino, { type Logger } from 'pino';
import { openGuests } from '../guests/guests.ts';
import { keepGuestPorts } from '../guests/ports.ts';
import { createFaults } from '../shared/faults.ts';
import { openLedger } from '../shared/ledger.ts';
import { startHttp } from '../shared/server.ts';
import { openStore } from '../shared/store.ts';
import { contaboApp } from './app.ts';
import { type SandboxCredentials, tokenPath } from './auth.ts';
import { errorBody } from './errors.ts';
import { createLifecycle } from './lifecycle.ts';
import { type ContaboState, freshState } from './state.ts';

export interface ContaboSandboxOptions extends SandboxCredentials {
  /** TCP port of the API on 127.0.0.1; 0 takes any free one. */
  port: number;
  /** Holds everything that survives a restart; created if missing. */
  stateDir: string;
  /** From the create call to a guest that answers, in milliseconds. */
  bootMs: number;
  /** How long a token is good for (default 300, as the real one's). */
  tokenSeconds?: number;
  /** Requests that one address may make in any second (default 20); `Infinity` for no limit. */
  ratePerSecond?: number;
  /** The port of every guest's sshd; 0 takes one that is free, and keeps it over restarts. */
  guestSshPort: number;
  /** The port of every Windows guest's remote desktop; 0 as above. */
  guestRdpPort: number;
  /** How many instances a fresh account may have (default 500). */
  instanceLimit?: number;
  logger?: Logger;
}

export interface ContaboSandbox {
  /** Base URL of the API; ends in `/v1`. */
  url: string;
  /** The token endpoint. */
  authUrl: string;
  guestSshPort: number;
  guestRdpPort: number;
  /** Stops the API and the guests; all state stays. */
  close(): Promise<void>;
}

/**
 * Starts the stand-in of Contabo's API v1 with its guests, where the last run left it.
 *
 * @throws Error with one sentence when a port is taken or the platform has no addresses for guests.
 */
export async function startContaboSandbox(options: ContaboSandboxOptions): Promise<ContaboSandbox> {
  const { port, stateDir, bootMs, tokenSeconds = 300, ratePerSecond = 20, instanceLimit = 500 } = options;
  const { clientId, clientSecret, username, password } = options;
  const logger = options.logger ?? pino({ name: 'sandbox-contabo', level: 'warn' });
  const store = openStore<ContaboState>(join(stateDir, 'contabo.log'), () => freshState(instanceLimit));
  const ledger = openLedger(join(stateDir, 'ledger.jsonl'), 'contabo');
  const ports = await keepGuestPorts(store, options);
  // The API tells nothing of traffic.
  const guests = openGuests(stateDir, ports, ledger, () => undefined);
  guests.keepOnly(new Set(Object.keys(store.state.instances)), new Set(Object.keys(store.state.snapshots)));
  const lifecycle = createLifecycle(store, guests, ledger, bootMs, logger);
  const closeAll = async (): Promise<void> => {
    lifecycle.stop();
    await guests.close();
    store.close();
  };
  try {
    await lifecycle.resume();
    const credentials = { clientId, clientSecret, username, password };
    const app = contaboApp(
      { store, ledger, guests, lifecycle },
      createFaults(errorBody),
      { credentials, tokenSeconds, ratePerSecond },
      logger,
    );
    const server = await startHttp(app, port);
    return {
      url: `${server.url}/v1`,
      authUrl: `${server.url}${tokenPath}`,
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
