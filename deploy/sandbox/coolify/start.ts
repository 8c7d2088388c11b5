import { join } from 'node:path';
import pino, { type Logger } from 'pino';
import { probeGuestPort } from '../guests/addresses.ts';
import { createFaults } from '../shared/faults.ts';
import { openLedger } from '../shared/ledger.ts';
import { startHttp } from '../shared/server.ts';
import { openStore } from '../shared/store.ts';
import { coolifyApp } from './app.ts';
import { errorBody } from './errors.ts';
import { openWebGuests } from './guests.ts';
import { createLifecycle } from './lifecycle.ts';
import { type CoolifyState, ENVIRONMENT, PROJECT_UUID, SERVER_UUIDS, freshState } from './state.ts';

export interface CoolifySandboxOptions {
  /** TCP port of the API on 127.0.0.1; 0 takes any free one. */
  port: number;
  /** Holds everything that survives a restart; created if missing. */
  stateDir: string;
  /** The bearer token that the API takes. */
  token: string;
  /** From a start to containers that answer, in milliseconds. */
  bootMs: number;
  /** Requests per minute (default 200, as the real API); `Infinity` for no limit. */
  ratePerMinute?: number;
  /** The port of every guest's web server; 0 takes one that is free, and keeps it over restarts. */
  guestPort: number;
  logger?: Logger;
}

export interface CoolifySandbox {
  /** Base URL of the API; ends in `/api/v1`. */
  url: string;
  guestPort: number;
  /** What orders must name. */
  projectUuid: string;
  environment: string;
  serverUuids: readonly string[];
  /** Stops the API and the guests; all state stays. */
  close(): Promise<void>;
}

/**
 * Starts the stand-in of Coolify's API with its guests, where the last run left it.
 *
 * @throws Error with one sentence when a port is taken or the platform has no addresses for guests.
 */
export async function startCoolifySandbox(options: CoolifySandboxOptions): Promise<CoolifySandbox> {
  const { port, stateDir, token, bootMs, ratePerMinute = 200 } = options;
  const logger = options.logger ?? pino({ name: 'sandbox-coolify', level: 'warn' });
  const store = openStore<CoolifyState>(join(stateDir, 'coolify.log'), freshState);
  const ledger = openLedger(join(stateDir, 'ledger.jsonl'), 'coolify');
  const guestPort = await probeGuestPort(options.guestPort || store.state.guestPort);
  store.state.guestPort = guestPort;
  store.saveAll('guestPort');
  const guests = openWebGuests(guestPort, ledger);
  const lifecycle = createLifecycle(store, ledger, guests, bootMs, logger);
  const closeAll = async (): Promise<void> => {
    lifecycle.stop();
    await guests.close();
    store.close();
  };
  try {
    await lifecycle.resume();
    const faults = createFaults(errorBody);
    const app = coolifyApp({ store, ledger, lifecycle }, faults, token, ratePerMinute, logger);
    const server = await startHttp(app, port);
    return {
      url: `${server.url}/api/v1`,
      guestPort,
      projectUuid: PROJECT_UUID,
      environment: ENVIRONMENT,
      serverUuids: SERVER_UUIDS,
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
