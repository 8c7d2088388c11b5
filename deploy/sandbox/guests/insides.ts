/** What goes on inside a guest that is up: its services, and its first boot until that is through. */
import { runFirstBoot } from './first-boot.ts';
import type { GuestFiles } from './files.ts';
import type { GuestRecord } from './record.ts';
import { type GuestService, type RunningService, startService } from './services.ts';

export interface Insides {
  /** Starts the services of earlier boots, and the first boot's work if that is still to be done. */
  wake(): void;
  /** Where a port of the guest's own loopback is on this machine, if something listens there. */
  addressOf(port: number): { host: string; port: number } | undefined;
  close(): Promise<void>;
}

interface Notes {
  /** The record has changed and is to be kept. */
  changed(): void;
  record(effect: string, detail: Record<string, unknown>): void;
}

/** @param address the guest's own, which its public services listen on. */
export function createInsides(
  guest: GuestRecord,
  files: GuestFiles,
  address: string,
  { changed, record }: Notes,
): Insides {
  const running = new Map<number, RunningService>();
  const down = new AbortController();

  const start = async (services: GuestService[]): Promise<void> => {
    for (const service of services) {
      if (down.signal.aborted || running.has(service.port)) continue;
      try {
        running.set(service.port, await startService(service, address));
        // A guest that went down meanwhile has closed the others already.
        if (down.signal.aborted) await running.get(service.port)?.close();
      } catch (error) {
        record('guest.service-failed', { service: service.name, error: (error as Error).message });
      }
    }
    const kept = [...(guest.services ?? []), ...services];
    guest.services = [...new Map(kept.map((service) => [service.port, service])).values()];
    changed();
  };

  const boot = async (): Promise<void> => {
    await start(guest.services ?? []);
    const { firstBoot } = guest;
    if (!firstBoot || firstBoot.done) return;
    await runFirstBoot(firstBoot, {
      guest,
      files,
      start,
      reported: (outcome) => record('guest.first-boot-reported', { ...outcome }),
      down: down.signal,
    });
    firstBoot.done = true;
    changed();
  };

  return {
    wake: () => {
      boot().catch((error: unknown) => {
        // One that is cut off by a shutdown begins anew at the next boot.
        if (!down.signal.aborted) record('guest.first-boot-broke', { error: (error as Error).message });
      });
    },
    addressOf: (port) => running.get(port),
    close: async () => {
      down.abort();
      await Promise.all([...running.values()].map((service) => service.close()));
    },
  };
}
