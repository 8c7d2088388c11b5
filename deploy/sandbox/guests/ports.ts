import { probeGuestPort } from './addresses.ts';

/** Of every guest of one stand-in; each guest has an address of its own. */
export interface GuestPorts {
  ssh: number;
  rdp: number;
}

interface GuestPortStore {
  readonly state: { guestPorts: GuestPorts };
  saveAll(member: 'guestPorts'): void;
}

/**
 * The guests' ports as wanted, else those of the last run, else free ones; the next run has the same.
 *
 * @throws Error with one sentence when a port cannot be had.
 */
export async function keepGuestPorts(
  store: GuestPortStore,
  { guestSshPort, guestRdpPort }: { guestSshPort: number; guestRdpPort: number },
): Promise<GuestPorts> {
  const { guestPorts: last } = store.state;
  const ssh = await probeGuestPort(guestSshPort || last.ssh);
  let rdp = await probeGuestPort(guestRdpPort || last.rdp);
  // Both ports were free, but each on an address of its own.
  while (rdp === ssh && guestRdpPort === 0) rdp = await probeGuestPort(0);
  store.state.guestPorts = { ssh, rdp };
  store.saveAll('guestPorts');
  return { ssh, rdp };
}
