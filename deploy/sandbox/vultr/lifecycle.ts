import type { Logger } from 'pino';
import { drawAddress, guestGateway, guestNetmask } from '../guests/addresses.ts';
import type { Guests } from '../guests/guests.ts';
import { lookUp } from '../shared/lookup.ts';
import { plans } from './catalog.ts';
import type { InstanceRecord, PlannedStep, SnapshotRecord, Step, VultrStore } from './state.ts';

/** What share of the boot time each step waits before it happens. */
const waits: Record<Step, number> = {
  reserve: 0.2,
  install: 0.2,
  ready: 0.6,
  'power-on': 0.2,
  resized: 0.5,
  unlock: 0.5,
};

/** The address that stands for none yet. */
export const noAddress = '0.0.0.0';

/** Moves instances and snapshots on as time passes, also over restarts. */
export interface Lifecycle {
  /** Plans an instance's next step, in place of any planned before. */
  plan(record: InstanceRecord, step: Step): void;
  /** Drops an instance's planned step. */
  drop(record: InstanceRecord): void;
  /** When a snapshot or disk ordered now will be there, in epoch milliseconds. */
  diskDueAtMs(): number;
  /** Completes a snapshot when it is due. */
  expect(snapshot: SnapshotRecord): void;
  /** Takes an instance's planned step now. */
  advance(record: InstanceRecord): Promise<void>;
  /** Nothing moves on by itself any more, until released. */
  hold(): void;
  /** Everything moves on, at once where it is due. */
  release(): void;
  /** Takes up everything where the last run left it: boots guests that were up, and plans what was planned. */
  resume(): Promise<void>;
  /** Stops all clocks. */
  stop(): void;
}

/**
 * Creates the clockwork of a sandbox.
 *
 * A new instance is `pending`/`none`, then `pending`/`locked`, then `active`/`installingbooting` with an address,
 * and `active`/`ok` when its guest listens.
 *
 * @param bootMs time from the create call to `ok`, in milliseconds.
 */
export function createLifecycle(
  store: VultrStore,
  guests: Guests,
  bootMs: number,
  logger: Logger,
): Lifecycle {
  const { state } = store;
  const timers = new Map<string, NodeJS.Timeout>();

  const arm = (id: string, dueAtMs: number, work: () => Promise<void>): void => {
    clearTimeout(timers.get(id));
    if (state.control.held) return;
    const timer = setTimeout(
      () => {
        timers.delete(id);
        work().catch((error: unknown) => logger.error({ err: error, id }, 'a step of the sandbox failed'));
      },
      Math.max(0, dueAtMs - Date.now()),
    );
    timers.set(id, timer);
  };

  const plan = (record: InstanceRecord, step: Step): void => {
    record.next = { step, dueAtMs: Date.now() + waits[step] * bootMs };
    store.save('instances', record.shown.id);
    armNext(record);
  };
  const armNext = ({ shown, next }: InstanceRecord): void => {
    if (next) arm(shown.id, next.dueAtMs, () => take(shown.id, next));
  };

  const bootGuest = async ({ shown, silent }: InstanceRecord): Promise<void> => {
    if (shown.power_status === 'running' && !silent) await guests.boot(shown.id, shown.main_ip);
  };

  /** Takes a planned step, unless the instance has gone or something else was planned since. */
  const take = async (id: string, planned: PlannedStep): Promise<void> => {
    const record = lookUp(state.instances, id);
    if (!record || record.next !== planned) return;
    const { shown } = record;
    const { step } = planned;
    switch (step) {
      case 'reserve':
        shown.server_status = 'locked';
        return plan(record, 'install');
      case 'install':
        Object.assign(shown, installedLook(record, takenAddresses(state.instances)));
        return plan(record, 'ready');
      case 'resized':
        Object.assign(shown, sizeOf(record.nextPlan ?? shown.plan), { status: 'active' });
        record.nextPlan = undefined;
        break;
      case 'unlock':
      case 'ready':
      case 'power-on':
        break;
    }
    if (step !== 'unlock') await bootGuest(record);
    // Deleted, halted or planned anew while its guest was coming up.
    if (record.next !== planned) return;
    shown.server_status = 'ok';
    record.next = undefined;
    store.save('instances', id);
  };

  const expect = ({ shown, dueAtMs, bytes, diskGb }: SnapshotRecord): void => {
    arm(shown.id, dueAtMs, async () => {
      if (!lookUp(state.snapshots, shown.id)) return;
      Object.assign(shown, { status: 'complete', size: diskGb * 1024 ** 3, compressed_size: bytes });
      store.save('snapshots', shown.id);
    });
  };

  const stop = (): void => {
    for (const timer of timers.values()) clearTimeout(timer);
    timers.clear();
  };
  const armAll = (): void => {
    Object.values(state.instances).forEach(armNext);
    for (const snapshot of Object.values(state.snapshots))
      if (snapshot.shown.status === 'pending') expect(snapshot);
  };

  return {
    plan,
    advance: async (record) => {
      if (record.next) await take(record.shown.id, record.next);
    },
    hold: () => {
      stop();
      state.control.held = true;
      store.saveAll('control');
    },
    release: () => {
      state.control.held = false;
      store.saveAll('control');
      armAll();
    },
    drop: (record) => {
      record.next = undefined;
      clearTimeout(timers.get(record.shown.id));
    },
    diskDueAtMs: () => Date.now() + waits.unlock * bootMs,
    expect,
    resume: async () => {
      const wereUp = Object.values(state.instances).filter(({ shown, next }) =>
        next ? next.step === 'unlock' : shown.status === 'active',
      );
      await Promise.all(wereUp.map(bootGuest));
      for (const record of Object.values(state.instances)) {
        // A kill in the middle of an action left it locked with nothing planned.
        if (!record.next && record.shown.server_status === 'locked') plan(record, 'install');
      }
      armAll();
    },
    stop,
  };
}

/** What a plan means for the machine, as an instance shows it. */
export function sizeOf(planId: string): {
  plan: string;
  vcpu_count: number;
  ram: number;
  disk: number;
  allowed_bandwidth: number;
} {
  const plan = plans.find(({ id }) => id === planId);
  if (!plan) throw new Error(`The sandbox has no plan ${planId}.`);
  const { vcpu_count, ram, disk, bandwidth } = plan;
  return { plan: planId, vcpu_count, ram, disk, allowed_bandwidth: bandwidth };
}

/** What an instance shows once its disk is being written: it keeps the address it has. */
function installedLook(
  { seq, shown }: InstanceRecord,
  taken: ReadonlySet<string>,
): Partial<InstanceRecord['shown']> {
  const main_ip = shown.main_ip === noAddress ? drawAddress(taken) : shown.main_ip;
  return {
    status: 'active',
    server_status: 'installingbooting',
    main_ip,
    netmask_v4: guestNetmask,
    gateway_v4: guestGateway,
    kvm: `https://console.sandbox.invalid/novnc?data=${shown.id}`,
    ...sizeOf(shown.plan),
    ...(shown.features.includes('ipv6') && v6Look(seq)),
  };
}

/** What an instance shows of its IPv6 network once it has one. */
export function v6Look(
  seq: number,
): Pick<InstanceRecord['shown'], 'v6_networks' | 'v6_network' | 'v6_main_ip' | 'v6_network_size'> {
  const network = `2001:db8:${(seq >> 16).toString(16)}:${(seq & 0xffff).toString(16)}::`;
  const main_ip = `${network}100`;
  return {
    v6_networks: [{ network, main_ip, network_size: 64 }],
    v6_network: network,
    v6_main_ip: main_ip,
    v6_network_size: 64,
  };
}

/** All addresses that were given out. */
export function takenAddresses(instances: Record<string, InstanceRecord>): Set<string> {
  return new Set(
    Object.values(instances).flatMap(({ shown, extraIpv4s = [] }) => [shown.main_ip, ...extraIpv4s]),
  );
}
