import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pino, { type Logger } from 'pino';
import { openGuests } from '../guests/guests.ts';
import { keepGuestPorts } from '../guests/ports.ts';
import { createFaults } from '../shared/faults.ts';
import { openLedger } from '../shared/ledger.ts';
import { startHttp } from '../shared/server.ts';
import { openStore } from '../shared/store.ts';
import { proxmoxApp } from './app.ts';
import { freshState } from './catalog.ts';
import { errorBody } from './errors.ts';
import type { Sandbox } from './sandbox.ts';
import type { ProxmoxState } from './state.ts';
import { createTasks } from './tasks.ts';
import { type WorkTools, finishWork, undoWork } from './work.ts';

export interface ProxmoxSandboxOptions {
  /** TCP port of the API on 127.0.0.1; 0 takes any free one. */
  port: number;
  /** Holds everything that survives a restart; created if missing. */
  stateDir: string;
  /** The API token that is taken, `USER@REALM!ID=SECRET`. */
  token: string;
  /** About as long as a full clone and its start take together, in milliseconds. */
  bootMs: number;
  /** How long a clone shows nothing but its lock, in milliseconds (default 100). */
  unmarkedMs?: number;
  /** How long a refused token waits for its answer, in milliseconds (default 3,000, as the real API). */
  authDelayMs?: number;
  /** The port of every guest's sshd; 0 takes one that is free, and keeps it over restarts. */
  guestSshPort: number;
  /** The port of every Windows guest's remote desktop; 0 as above. */
  guestRdpPort: number;
  logger?: Logger;
}

export interface ProxmoxSandbox {
  /** Base URL of the API; ends in `/api2/json`. */
  url: string;
  guestSshPort: number;
  guestRdpPort: number;
  /** The directory behind the storage `snippets`. */
  snippetDir: string;
  /** Stops the API and the guests; all state stays. */
  close(): Promise<void>;
}

/**
 * Starts the stand-in of a Proxmox VE cluster of three nodes with its guests, where the last run left it.
 *
 * @throws Error with one sentence when a port is taken or the platform has no addresses for guests.
 */
export async function startProxmoxSandbox(options: ProxmoxSandboxOptions): Promise<ProxmoxSandbox> {
  const { port, stateDir, token, bootMs, unmarkedMs = 100, authDelayMs = 3_000 } = options;
  const logger = options.logger ?? pino({ name: 'sandbox-proxmox', level: 'warn' });
  const store = openStore<ProxmoxState>(join(stateDir, 'proxmox.log'), freshState);
  const ledger = openLedger(join(stateDir, 'ledger.jsonl'), 'proxmox');
  const snippetDir = join(stateDir, 'snippets');
  mkdirSync(snippetDir, { recursive: true });
  const ports = await keepGuestPorts(store, options);
  const guests = openGuests(stateDir, ports, ledger, () => undefined);
  const { vms, backups, control } = store.state;
  const images = Object.values(backups).flatMap(({ image }) => image ?? []);
  guests.keepOnly(new Set(Object.keys(vms)), new Set(images));

  const tools: WorkTools = { store, guests, ledger, snippetDir, bootMs };
  const takeFailure = (type: string): string | undefined => {
    const found = control.failing.findIndex((each) => each.type === type);
    if (found < 0) return undefined;
    const [failure] = control.failing.splice(found, 1);
    store.saveAll('control');
    return failure?.exitstatus;
  };
  const tasks = createTasks(
    store,
    (work) => finishWork(tools, work),
    takeFailure,
    (work) => undoWork(tools, work),
    logger,
  );
  const user = token.slice(0, token.indexOf('='));
  const sandbox: Sandbox = { store, ledger, guests, tasks, user, bootMs, unmarkedMs, snippetDir };
  const closeAll = async (): Promise<void> => {
    tasks.stop();
    await guests.close();
    store.close();
  };
  try {
    const wereUp = Object.values(vms).filter(
      ({ running, silent, address }) => running && !silent && address !== null,
    );
    await Promise.all(wereUp.map(({ vmid, address }) => guests.boot(String(vmid), address ?? '')));
    tasks.resume();
    const faults = createFaults((status) => errorBody(status));
    const server = await startHttp(proxmoxApp(sandbox, faults, token, authDelayMs, logger), port);
    return {
      url: `${server.url}/api2/json`,
      guestSshPort: ports.ssh,
      guestRdpPort: ports.rdp,
      snippetDir,
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
