import type { Guests } from '../guests/guests.ts';
import type { Ledger } from '../shared/ledger.ts';
import { lookUp } from '../shared/lookup.ts';
import { notFound } from './errors.ts';
import type { Lifecycle } from './lifecycle.ts';
import type {
  FloatingIpRecord,
  OpenStackStore,
  Port,
  SecurityGroupRecord,
  ServerRecord,
  VolumeRecord,
} from './state.ts';

/** What every route of the stand-in works with. */
export interface Sandbox {
  store: OpenStackStore;
  ledger: Ledger;
  guests: Guests;
  lifecycle: Lifecycle;
  /** The cloud has Neutron. */
  hasNetwork: boolean;
}

/** @throws ApiError 404, here and below. */
export function serverOf({ store }: Sandbox, id: string): ServerRecord {
  const record = lookUp(store.state.servers, id);
  if (!record) throw notFound('Instance', id);
  return record;
}

export function volumeOf({ store }: Sandbox, id: string): VolumeRecord {
  const record = lookUp(store.state.volumes, id);
  if (!record) throw notFound('Volume', id);
  return record;
}

export function floatingIpOf({ store }: Sandbox, id: string): FloatingIpRecord {
  const record = lookUp(store.state.floatingIps, id);
  if (!record) throw notFound('FloatingIP', id);
  return record;
}

export function groupOf({ store }: Sandbox, id: string): SecurityGroupRecord {
  const record = lookUp(store.state.securityGroups, id);
  if (!record) throw notFound('SecurityGroup', id);
  return record;
}

export function portOf({ store }: Sandbox, id: string): { server: ServerRecord; port: Port } {
  for (const server of Object.values(store.state.servers)) {
    const port = server.ports.find((each) => each.id === id);
    if (port) return { server, port };
  }
  throw notFound('Port', id);
}

/** Where a server's guest listens: at its floating address if it has one and its own is private. */
export function guestAddress({ store }: Pick<Sandbox, 'store'>, server: ServerRecord): string | null {
  const own = server.ports.map(({ fixedIp }) => fixedIp).find((address) => address.startsWith('127.'));
  const ports = server.ports.map(({ id }) => id);
  const floating = Object.values(store.state.floatingIps).find(({ portId }) => ports.includes(portId ?? ''));
  return own ?? floating?.address ?? null;
}

/** Every address given out. */
export function takenAddresses({ store }: Pick<Sandbox, 'store'>): Set<string> {
  const { servers, floatingIps } = store.state;
  const fixed = Object.values(servers).flatMap(({ ports }) => ports.map(({ fixedIp }) => fixedIp));
  return new Set([...fixed, ...Object.values(floatingIps).map(({ address }) => address)]);
}
