import { randomInt, randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { drawAddress } from '../guests/addresses.ts';
import type { Guests } from '../guests/guests.ts';
import { makePassword } from '../guests/passwords.ts';
import { lookUp } from '../shared/lookup.ts';
import { networks } from './catalog.ts';
import { findImage } from './images.ts';
import { guestAddress, takenAddresses } from './sandbox.ts';
import {
  type ImageRecord,
  type OpenStackStore,
  type PlannedStep,
  type ServerRecord,
  type ServerStep,
  type VolumeRecord,
  apiTime,
  useUp,
} from './state.ts';

/** What share of the boot time each step waits before it happens. */
const WAITS: Record<ServerStep, number> = {
  schedule: 0.2,
  network: 0.2,
  spawn: 0.6,
  stopped: 0.1,
  started: 0.2,
  rebooted: 0.2,
  rebuilt: 0.5,
  resized: 0.5,
  confirmed: 0.2,
  reverted: 0.5,
  uploaded: 0.4,
  deleted: 0.1,
  forgotten: 0.1,
};
const VOLUME_WAIT = 0.2;

/** Moves servers and volumes on as time passes, also over restarts. */
export interface Lifecycle {
  /** Plans a server's next step, in place of any planned before. */
  plan(record: ServerRecord, step: ServerStep): void;
  planVolume(record: VolumeRecord, step: 'made' | 'detached' | 'deleted'): void;
  /** Boots the guest of a server that should be up, once it has an address. */
  bootGuest(record: ServerRecord): Promise<void>;
  /** Takes a server out of the world at once, with what belongs to it. */
  remove(record: ServerRecord): Promise<void>;
  /** Takes up everything where the last run left it. */
  resume(): Promise<void>;
  /** Stops all clocks. */
  stop(): void;
}

/** @param bootMs time from the create call to ACTIVE, in milliseconds. */
export function createLifecycle(
  store: OpenStackStore,
  guests: Guests,
  bootMs: number,
  logger: Logger,
): Lifecycle {
  const { state } = store;
  const timers = new Map<string, NodeJS.Timeout>();

  const arm = (id: string, { dueAtMs }: PlannedStep<string>, work: () => Promise<void>): void => {
    clearTimeout(timers.get(id));
    const run = (): void => {
      timers.delete(id);
      work().catch((error: unknown) => logger.error({ err: error, id }, 'a step of the sandbox failed'));
    };
    timers.set(id, setTimeout(run, Math.max(0, dueAtMs - Date.now())));
  };

  const armServer = ({ id, next }: ServerRecord): void => {
    if (next) arm(id, next, () => take(id, next));
  };
  const armVolume = ({ id, next }: VolumeRecord): void => {
    if (next) arm(id, next, () => Promise.resolve(takeVolume(id, next)));
  };
  const plan = (record: ServerRecord, step: ServerStep): void => {
    record.next = { step, dueAtMs: Date.now() + WAITS[step] * bootMs };
    store.save('servers', record.id);
    armServer(record);
  };
  const planVolume = (record: VolumeRecord, step: 'made' | 'detached' | 'deleted'): void => {
    record.next = { step, dueAtMs: Date.now() + VOLUME_WAIT * bootMs };
    store.save('volumes', record.id);
    armVolume(record);
  };

  const bootGuest = async (record: ServerRecord): Promise<void> => {
    const address = guestAddress({ store }, record);
    if (!record.isOff && address !== null) await guests.boot(record.id, address);
  };

  /** The end of whatever was going on. */
  const rest = async (record: ServerRecord): Promise<void> => {
    const planned = record.next;
    if (record.isOff) await guests.shutDown(record.id);
    else await bootGuest(record);
    // Deleted or planned anew while its guest was coming up.
    if (record.next !== planned) return;
    Object.assign(record, { status: record.isOff ? 'SHUTOFF' : 'ACTIVE', task: null, next: undefined });
    store.save('servers', record.id);
  };

  const fail = (record: ServerRecord, message: string): void => {
    const fault = { code: 500, message, created: apiTime() };
    Object.assign(record, { status: 'ERROR', task: null, next: undefined, fault });
    store.save('servers', record.id);
  };

  const remove = async (record: ServerRecord): Promise<void> => {
    const { id } = record;
    clearTimeout(timers.get(id));
    record.next = undefined;
    delete state.servers[id];
    store.save('servers', id);
    await guests.destroy(id);
  };

  const release = (record: ServerRecord): void => {
    for (const floating of Object.values(state.floatingIps)) {
      if (!record.ports.some(({ id }) => id === floating.portId)) continue;
      // Neutron keeps it, and the project goes on paying for it.
      floating.portId = null;
      store.save('floatingIps', floating.id);
    }
    for (const volume of Object.values(state.volumes)) {
      if (volume.attachedTo !== record.id) continue;
      volume.attachedTo = null;
      planVolume(volume, volume.deleteOnTermination ? 'deleted' : 'detached');
    }
    record.ports = [];
  };

  /** Takes a planned step, unless the server has gone or something else was planned since. */
  const take = async (id: string, planned: PlannedStep<ServerStep>): Promise<void> => {
    const record = lookUp(state.servers, id);
    if (!record || record.next !== planned) return;
    switch (planned.step) {
      case 'schedule':
        if (useUp(store, 'noHost'))
          return fail(record, 'No valid host was found. There are not enough hosts available.');
        record.task = 'networking';
        return plan(record, 'network');
      case 'network':
        record.ports = record.wantsNetworks.map((networkId) => newPort(store, networkId));
        record.task = 'spawning';
        return plan(record, 'spawn');
      case 'spawn':
        await install(store, guests, record);
        return rest(record);
      case 'stopped':
        record.isOff = true;
        return rest(record);
      case 'started':
        record.isOff = false;
        return rest(record);
      case 'resized':
        await guests.shutDown(id);
        Object.assign(record, { status: 'VERIFY_RESIZE', task: null, next: undefined });
        await bootGuest(record);
        return store.save('servers', id);
      case 'confirmed':
        record.oldFlavor = undefined;
        return rest(record);
      case 'reverted':
        Object.assign(record, { flavor: record.oldFlavor ?? record.flavor, oldFlavor: undefined });
        return rest(record);
      case 'uploaded':
        for (const image of Object.values(state.images)) {
          if (image.properties['instance_uuid'] === id && image.status !== 'active') activate(store, image);
        }
        return rest(record);
      case 'deleted':
        release(record);
        record.status = 'DELETED';
        return plan(record, 'forgotten');
      case 'forgotten':
        return remove(record);
      case 'rebooted':
      case 'rebuilt':
        return rest(record);
    }
  };

  const takeVolume = (id: string, planned: VolumeRecord['next']): void => {
    const volume = lookUp(state.volumes, id);
    if (!volume || volume.next !== planned) return;
    if (planned?.step === 'deleted') delete state.volumes[id];
    else if (planned?.step === 'made' && useUp(store, 'noVolume')) volume.status = 'error';
    else volume.status = 'available';
    volume.next = undefined;
    store.save('volumes', id);
  };

  return {
    plan,
    planVolume,
    bootGuest,
    remove: async (record) => {
      release(record);
      await remove(record);
    },
    resume: async () => {
      const servers = Object.values(state.servers);
      const areUp = ({ status, isOff }: ServerRecord): boolean =>
        !isOff && ['ACTIVE', 'RESIZE', 'VERIFY_RESIZE'].includes(status);
      await Promise.all(servers.filter(areUp).map(bootGuest));
      // A kill in the middle of an action left it with nothing planned; a snapshot that was not taken is dropped.
      for (const { id, status } of Object.values(state.images)) {
        if (status !== 'queued') continue;
        delete state.images[id];
        store.save('images', id);
      }
      for (const record of servers) {
        if (record.next) armServer(record);
        else if (record.task === 'image_snapshot') plan(record, 'uploaded');
        else if (record.status === 'REBUILD') plan(record, 'rebuilt');
      }
      Object.values(state.volumes).forEach(armVolume);
    },
    stop: () => {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}

/** Writes a server's disk anew from its image; `install` is also what a rebuild does. */
export async function install(store: OpenStackStore, guests: Guests, record: ServerRecord): Promise<void> {
  const image = findImage(store.state, record.imageId);
  await guests.install(record.id, {
    family: image?.family ?? 'linux',
    osName: image?.osName ?? 'Linux',
    hostname: record.hostname,
    userData: Buffer.from(record.userData, 'base64').toString('utf8'),
    initialPassword: makePassword(),
    limitedUser: false,
    authorizedKeys: [],
    image: image?.hasDisk ? image.id : undefined,
  });
}

function activate(store: OpenStackStore, image: ImageRecord): void {
  image.status = 'active';
  store.save('images', image.id);
}

function newPort(store: OpenStackStore, networkId: string): ServerRecord['ports'][number] {
  const taken = takenAddresses({ store });
  const isPublic = networkId === networks.public;
  const group = Object.values(store.state.securityGroups).find(({ name }) => name === 'default');
  return {
    id: randomUUID(),
    networkId,
    fixedIp: isPublic ? drawAddress(taken) : `10.${randomInt(256)}.${randomInt(256)}.${randomInt(2, 255)}`,
    securityGroups: group ? [group.id] : [],
  };
}
