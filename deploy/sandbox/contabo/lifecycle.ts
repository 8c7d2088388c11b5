import type { Logger } from 'pino';
import { drawAddress, guestGateway } from '../guests/addresses.ts';
import type { Guests } from '../guests/guests.ts';
import type { Ledger } from '../shared/ledger.ts';
import { lookUp } from '../shared/lookup.ts';
import { guestSetup } from './installing.ts';
import type { ContaboStore, InstanceRecord, PlannedStep, Step } from './state.ts';

/** What share of the boot time each step waits before it happens. */
const waits: Record<Step, number> = { install: 0.3, ready: 0.7, settle: 0.2, rescue: 0.3 };

/** Moves instances on as time passes, also over restarts. */
export interface Lifecycle {
  /** Plans an instance's next step, in place of any planned before. */
  plan(record: InstanceRecord, step: Step): void;
  /** Takes an instance's planned step now. */
  advance(record: InstanceRecord): Promise<void>;
  /** Ends an instance: it, its guest and its snapshots are no more. */
  end(record: InstanceRecord, by: 'period-end' | 'sandbox'): Promise<void>;
  /** Takes up everything where the last run left it. */
  resume(): Promise<void>;
  /** Stops all clocks. */
  stop(): void;
}

/**
 * Creates the clockwork of a sandbox.
 *
 * A new instance is `provisioning`, then `installing` with an address, and `running` when its guest listens. After an action the
 * machine is at once as wanted, and the status follows.
 *
 * @param bootMs time from the create call to `running`, in milliseconds.
 */
export function createLifecycle(
  store: ContaboStore,
  guests: Guests,
  ledger: Ledger,
  bootMs: number,
  logger: Logger,
): Lifecycle {
  const { state } = store;
  const timers = new Map<string, NodeJS.Timeout>();
  const idOf = ({ shown }: InstanceRecord): string => String(shown.instanceId);

  const armNext = (record: InstanceRecord): void => {
    const { next } = record;
    const id = idOf(record);
    clearTimeout(timers.get(id));
    if (!next) return;
    const timer = setTimeout(
      () => {
        timers.delete(id);
        take(id, next).catch((error: unknown) =>
          logger.error({ err: error, id }, 'a step of the sandbox failed'),
        );
      },
      Math.max(0, next.dueAtMs - Date.now()),
    );
    timers.set(id, timer);
  };
  const plan = (record: InstanceRecord, step: Step): void => {
    record.next = { step, dueAtMs: Date.now() + waits[step] * bootMs };
    store.save('instances', idOf(record));
    armNext(record);
  };

  const bootGuest = async (record: InstanceRecord): Promise<void> => {
    if (record.isOn && !record.silent) await guests.boot(idOf(record), record.shown.ipConfig.v4.ip);
  };

  /** Takes a planned step, unless the instance has gone or something else was planned since. */
  const take = async (id: string, planned: PlannedStep): Promise<void> => {
    const record = lookUp(state.instances, id);
    if (!record || record.next !== planned) return;
    const { shown } = record;
    switch (planned.step) {
      case 'install':
        giveAddress(record, state.instances);
        shown.status = 'installing';
        await guests.install(id, guestSetup(state, record));
        if (record.next === planned) plan(record, 'ready');
        return;
      case 'ready':
        record.isOn = true;
        break;
      case 'settle':
      case 'rescue':
        break;
    }
    if (planned.step !== 'rescue') await bootGuest(record);
    // Something else was planned while its guest was coming up.
    if (record.next !== planned) return;
    shown.status = planned.step === 'rescue' ? 'rescue' : record.isOn ? 'running' : 'stopped';
    record.next = undefined;
    store.save('instances', id);
  };

  const end = async (record: InstanceRecord, by: 'period-end' | 'sandbox'): Promise<void> => {
    const id = idOf(record);
    clearTimeout(timers.get(id));
    record.next = undefined;
    delete state.instances[id];
    store.save('instances', id);
    ledger.record({ effect: 'instance.ended', id, detail: { by, displayName: record.shown.displayName } });
    await guests.destroy(id);
    for (const { snapshotId, instanceId } of Object.values(state.snapshots)) {
      if (instanceId !== record.shown.instanceId) continue;
      delete state.snapshots[snapshotId];
      store.save('snapshots', snapshotId);
      await guests.removeImage(snapshotId);
    }
  };

  return {
    plan,
    advance: async (record) => {
      if (record.next) await take(idOf(record), record.next);
    },
    end,
    resume: async () => {
      const today = new Date().toISOString().slice(0, 10);
      for (const record of Object.values(state.instances)) {
        const { cancelDate, status } = record.shown;
        if (cancelDate !== '' && cancelDate < today) {
          await end(record, 'period-end');
          continue;
        }
        if (status === 'running' || status === 'stopped') await bootGuest(record);
        // A kill in the middle of an action left nothing planned.
        else if (!record.next && status === 'installing') plan(record, 'install');
        else if (!record.next && status === 'other') plan(record, 'ready');
        armNext(record);
      }
    },
    stop: () => {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}

/** An instance keeps the addresses that it once got. */
function giveAddress({ shown }: InstanceRecord, instances: Record<string, InstanceRecord>): void {
  const { ipConfig, additionalIps, instanceId } = shown;
  if (ipConfig.v4.ip !== '') return;
  const all = Object.values(instances).flatMap((each) => [each.shown.ipConfig, ...each.shown.additionalIps]);
  const taken = new Set(all.map(({ v4 }) => v4.ip));
  for (const { v4 } of [ipConfig, ...additionalIps]) {
    Object.assign(v4, { ip: drawAddress(taken), netmaskCidr: 10, gateway: guestGateway });
    taken.add(v4.ip);
  }
  const network = `2001:db8:${(instanceId >> 16).toString(16)}:${(instanceId & 0xffff).toString(16)}`;
  Object.assign(ipConfig.v6, { ip: `${network}::1`, netmaskCidr: 64, gateway: 'fe80::1' });
}
