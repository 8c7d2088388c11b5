/** Machines as the cluster shows them: where each is, whose, in which state, and how it is reached. */
import { z } from 'zod';
import { TenureFailure } from '../../../schemas/failures.ts';
import { ANSWER_LOST, NOT_FOUND, UNEXPECTED_ANSWER } from '../../http/failures.ts';
import { type ProviderInstance, HYPERVISOR_REASONS as REASONS } from '../port.ts';
import type { IpPool } from './addresses.ts';
import {
  MAKING_TAG,
  type Mark,
  addressOfTags,
  idsOf,
  markOfDescription,
  markOfTags,
  readRef,
  refOf,
  splitTags,
} from './marks.ts';
import { sizeText } from './plan.ts';
import { ALREADY_SO, type Session, vmPath } from './session.ts';
import {
  Config,
  Current,
  type GuestRow,
  Interfaces,
  Resource,
  diskGb,
  macsOf,
  readProperties,
  text,
} from './wire.ts';

/** Ids that Tenure may give: none of them may be given by anybody else. */
export interface IdRange {
  from: number;
  to: number;
}

/** One machine, read closely. */
export interface Machine {
  ref: string;
  vmid: number;
  node: string;
  mark: Mark | null;
  tags: string[];
  /** Settings in force. */
  config: Config;
  lock: string | null;
  isRunning: boolean;
  /** Settings and start are still to come. */
  isMaking: boolean;
  /** A clone so young that it does not yet bear a key: it may be the one that is meant, or another's under the same id. */
  isNameless: boolean;
  state: ProviderInstance['state'];
}

export interface Machines {
  /** The machine of a reference; `null` if it is gone, also when its id has a new owner. */
  look(ref: string): Promise<Machine | null>;
  /** As {@link look}. @throws TenureFailure `refused` (`not-found`) */
  demand(ref: string): Promise<Machine>;
  /** How the machine is reached: by the address it was given, or that its guest tells, or told when it was made. */
  addressOf(machine: Machine): Promise<string | null>;
  toInstance(machine: Machine): Promise<ProviderInstance>;
  /** All machines of the cluster, templates aside. */
  list(): AsyncIterable<ProviderInstance>;
  /** @throws TenureFailure `retryable` (`locked`) while a clone that does not yet bear a key may be the one. */
  findByKey(key: string): Promise<ProviderInstance[]>;
}

/** A machine may move to another node between two questions. */
const LOOKS = 3;
const Resources = z.array(Resource);

export function createMachines(session: Session, range: IdRange, pool: IpPool | null): Machines {
  async function guestRows(): Promise<GuestRow[]> {
    const rows = await session.read(Resources, '/cluster/resources', { type: 'vm' });
    return rows.filter(isGuest);
  }

  const isOurs = (vmid: number): boolean => vmid >= range.from && vmid <= range.to;
  const isMachine = ({ type, template }: GuestRow): boolean => type === 'qemu' && !template;

  async function look(ref: string): Promise<Machine | null> {
    const { vmid, digest } = readRef(ref);
    for (let looks = 1; looks <= LOOKS; looks += 1) {
      const row = (await guestRows()).find((guest) => guest.vmid === vmid && isMachine(guest));
      if (!row) return null;
      const machine = await read(row);
      if (machine === null) continue;
      if (machine.isNameless && digest !== null) return { ...machine, ref };
      return machine.ref === ref ? machine : null;
    }
    throw nowhere(vmid);
  }

  /** `null` if it is not on that node any more. */
  async function read({ vmid, node }: GuestRow): Promise<Machine | null> {
    const current = await session.readUnlessGone(Current, vmPath(node, vmid, 'status/current'));
    const config =
      current && (await session.readUnlessGone(Config, `${vmPath(node, vmid, 'config')}?current=1`));
    if (!current || !config) return null;
    const tags = splitTags(text(config, 'tags'));
    const tagged = markOfTags(vmid, tags);
    const mark = tagged ?? markOfDescription(vmid, text(config, 'description'));
    const lock = current.lock ?? (text(config, 'lock') || null);
    const isMaking = mark !== null && (tagged === null || tags.includes(MAKING_TAG));
    const isRunning = current.status === 'running';
    const state = stateOf(lock, isMaking, current.qmpstatus ?? current.status);
    const ref = refOf(vmid, mark?.key ?? null);
    const isNameless = mark === null && lock === 'clone';
    return { ref, vmid, node, mark, tags, config, lock, isRunning, isMaking, isNameless, state };
  }

  async function addressOf({ vmid, node, config, isRunning, tags }: Machine): Promise<string | null> {
    const fixed = readProperties(text(config, 'ipconfig0')).named.get('ip') ?? '';
    if (/^\d+\./.test(fixed)) return fixed.split('/')[0] ?? null;
    const told = isRunning ? await askGuest(vmPath(node, vmid, 'agent'), macsOf(config)) : null;
    return told ?? addressOfTags(tags);
  }

  /** `null` if its agent is not up yet or not installed. */
  async function askGuest(path: string, macs: Set<string>): Promise<string | null> {
    try {
      const { result } = await session.ask(Interfaces, path, 'network-get-interfaces');
      return publicAddress(result, macs);
    } catch (error) {
      // Asking changes nothing, so that a lost answer is none.
      const reason = error instanceof TenureFailure ? error.details.reason : '';
      if ([ANSWER_LOST, ALREADY_SO, NOT_FOUND].includes(reason)) return null;
      throw error;
    }
  }

  /** A clone has its tag only when it has its settings; until then its description tells whose it is. */
  async function instanceOf(row: GuestRow): Promise<ProviderInstance | null> {
    const { vmid, node, lock = null, status = 'unknown' } = row;
    const tags = splitTags(row.tags);
    const tagged = markOfTags(vmid, tags);
    let mark = tagged;
    if (mark === null && isOurs(vmid)) {
      const config = await session.readUnlessGone(Config, `${vmPath(node, vmid, 'config')}?current=1`);
      // Gone from this node since it was listed: elsewhere, or for good.
      if (config === null) return rowElsewhere(row);
      mark = markOfDescription(vmid, text(config, 'description'));
    }
    const isMaking = mark !== null && (tagged === null || tags.includes(MAKING_TAG));
    const { maxcpu, maxmem, maxdisk } = row;
    const isMeasured = maxcpu !== undefined && maxmem !== undefined && maxdisk !== undefined;
    return {
      ref: refOf(vmid, mark?.key ?? null),
      key: mark?.key ?? null,
      state: stateOf(lock, isMaking, status),
      address: mark === null || isMaking ? null : (pool?.at(vmid - range.from) ?? addressOfTags(tags)),
      region: node,
      createdAt: mark?.madeAt.toISOString() ?? null,
      name: row.name ?? null,
      size:
        isMeasured && !isMaking
          ? sizeText(maxcpu, Math.round(maxmem / 1_024 ** 2), roundGb(maxdisk / 1_024 ** 3))
          : null,
    };
  }

  async function rowElsewhere(last: GuestRow): Promise<ProviderInstance | null> {
    const row = (await guestRows()).find(({ vmid }) => vmid === last.vmid);
    if (row?.node === last.node) throw nowhere(last.vmid);
    return row ? instanceOf(row) : null;
  }

  return {
    look,
    addressOf,
    async demand(ref) {
      const machine = await look(ref);
      if (machine?.isNameless) throw nameless(machine.vmid);
      if (machine) return machine;
      throw new TenureFailure('refused', `Proxmox VE has no machine ${ref}.`, { reason: NOT_FOUND });
    },
    async toInstance(machine) {
      const { ref, node, mark, config, state } = machine;
      return {
        ref,
        key: mark?.key ?? null,
        state,
        address: state === 'creating' ? null : await addressOf(machine),
        region: node,
        createdAt: mark?.madeAt.toISOString() ?? null,
        name: text(config, 'name') || null,
        size: machine.isMaking ? null : sizeOfConfig(config),
      };
    },
    async *list() {
      for (const row of await guestRows()) {
        const instance = isMachine(row) ? await instanceOf(row) : null;
        if (instance) yield instance;
      }
    },
    async findByKey(key) {
      const rows = await guestRows();
      const taken = new Set(rows.map(({ vmid }) => vmid));
      const ids = idsOf(key, range.from, range.to);
      // With all of them taken it could have got any other.
      const mayBeAny = ids.every((id) => taken.has(id));
      const found: ProviderInstance[] = [];
      for (const row of rows.filter(isMachine)) {
        const instance = await instanceOf(row);
        if (instance?.key === key) found.push(instance);
        const isNameless = instance?.key === null && row.lock === 'clone' && isOurs(row.vmid);
        if (isNameless && (mayBeAny || ids.includes(row.vmid))) throw nameless(row.vmid);
      }
      return found;
    },
  };
}

export function isGuest(row: Resource): row is GuestRow {
  return row.vmid !== undefined && row.node !== undefined && (row.type === 'qemu' || row.type === 'lxc');
}

/** What is not known is `busy`: wait, and decide nothing on it. */
function stateOf(lock: string | null, isMaking: boolean, power: string): ProviderInstance['state'] {
  if (isMaking || lock === 'clone') return 'creating';
  if (lock !== null) return 'busy';
  return power === 'running' || power === 'stopped' ? power : 'busy';
}

function sizeOfConfig(config: Config): string | null {
  const cores = Number(text(config, 'cores') || 1) * Number(text(config, 'sockets') || 1);
  const memoryMb = Number(/\d+/.exec(text(config, 'memory'))?.[0] ?? 512);
  const disk = diskGb(text(config, bootDisk(config)));
  return disk === null ? null : sizeText(cores, memoryMb, roundGb(disk));
}

/** The disk that it boots from; `scsi0` where the order of booting does not tell. */
export function bootDisk(config: Config): string {
  const order = readProperties(text(config, 'boot').replaceAll(';', ' ')).named.get('order') ?? '';
  const isDisk = (name: string): boolean =>
    /^(ide|sata|scsi|virtio)\d+$/.test(name) &&
    diskGb(text(config, name)) !== null &&
    !/media=cdrom/.test(text(config, name));
  return order.split(' ').find(isDisk) ?? 'scsi0';
}

/** Of those network cards that Proxmox VE gave it: what a guest makes itself (containers, tunnels) is not how it is reached. */
function publicAddress(interfaces: z.output<typeof Interfaces>['result'], macs: Set<string>): string | null {
  const found = interfaces
    .filter((card) => macs.has(card['hardware-address']?.toLowerCase() ?? ''))
    .flatMap((card) => card['ip-addresses'] ?? []);
  const usable = found.filter(({ 'ip-address': ip }) => !/^(169\.254\.|fe80:)/i.test(ip));
  const first = usable.find((each) => each['ip-address-type'] === 'ipv4') ?? usable[0];
  return first?.['ip-address'] ?? null;
}

function nameless(vmid: number): TenureFailure {
  const message = `The clone ${vmid} has just begun and does not yet tell whose it is.`;
  return new TenureFailure('retryable', message, { reason: REASONS.locked });
}

function nowhere(vmid: number): TenureFailure {
  return new TenureFailure('retryable', `Machine ${vmid} is listed, but not on its node.`, {
    reason: UNEXPECTED_ANSWER,
  });
}

function roundGb(gb: number): number {
  return Math.round(gb * 100) / 100;
}
