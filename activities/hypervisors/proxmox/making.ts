/**
 * Making a machine takes several calls: clone, settings, disk, start. The clone is the create: it claims the id and bears the key.
 * Everything after it is {@link Making.advance}: each step is decided by what the machine shows, so that whoever asks next, also
 * after a crash or a lost answer, goes on where the last one stopped. A tag marks the machine as unfinished until it has been started.
 */
import { randomInt } from 'node:crypto';
import { TenureFailure } from '../../../schemas/failures.ts';
import { type CreateInstanceRequest, HYPERVISOR_REASONS as REASONS, type ProviderInstance } from '../port.ts';
import type { IpPool } from './addresses.ts';
import { type Snippets, cloudInitOf, writeSnippet } from './first-boot.ts';
import { type IdRange, type Machine, type Machines } from './machines.ts';
import {
  type Mark,
  describeClone,
  idsOf,
  markOfDescription,
  markOfTags,
  refOf,
  tagsOfMade,
  tagsOfMaking,
} from './marks.ts';
import { type Inventory, type NodeRules, type Place, choosePlace, readInventory } from './nodes.ts';
import { type Order, badPlan, hostpciOf, readPlan } from './plan.ts';
import { ALREADY_SO, ID_TAKEN, type Session, vmPath } from './session.ts';
import { Config, diskGb, text } from './wire.ts';

export interface MakingOptions {
  range: IdRange;
  rules: NodeRules;
  pool: IpPool | null;
  snippets: Snippets | null;
  /** Resource pool that new machines join, e.g. because the token's rights are on it. */
  resourcePool?: string;
  /** Name servers for machines with an address of the pool. */
  nameservers: readonly string[];
}

export interface Making {
  create(request: CreateInstanceRequest): Promise<ProviderInstance>;
  advance(ref: string, request: CreateInstanceRequest): Promise<void>;
}

/** How many ids are tried when others take them at the same time. */
const ID_TRIES = 20;

export function createMaking(session: Session, machines: Machines, options: MakingOptions): Making {
  const { range, rules, pool, snippets, resourcePool, nameservers } = options;
  // An id without an address would be a machine that nobody can reach.
  const last = pool ? Math.min(range.to, range.from + pool.size - 1) : range.to;

  async function create(request: CreateInstanceRequest): Promise<ProviderInstance> {
    const { key, hostname, region, plan, labels, userData } = request;
    const order = readPlan(plan, region);
    if (!snippets) cloudInitOf(userData);
    const inventory = await readInventory(session);
    const place = await choosePlace(session, inventory, rules, order);
    const mark = { key, madeAt: new Date() };
    const vmid = await clone(inventory, place, order, hostname, mark, labels);
    const createdAt = mark.madeAt.toISOString();
    const ref = refOf(vmid, key);
    return {
      ref,
      key,
      state: 'creating',
      address: null,
      region: place.node,
      createdAt,
      name: hostname,
      size: null,
    };
  }

  /**
   * Claims an id by cloning to it: the only way that is proof against others. A refusal for the id did nothing. The clone is
   * there as soon as its task has begun, and bears its key when its first, small disk is copied.
   */
  async function clone(
    { guests }: Inventory,
    { template, node }: Place,
    order: Order,
    name: string,
    mark: Mark,
    labels: Record<string, string>,
  ): Promise<number> {
    const isFull = order.clone === 'full';
    const taken = new Set(guests.map(({ vmid }) => vmid));
    for (let tries = 1; tries <= ID_TRIES; tries += 1) {
      const newid = freeId(mark.key, taken);
      try {
        const upid = await session.post(vmPath(template.node, template.vmid, 'clone'), {
          newid,
          name,
          description: describeClone(newid, mark, labels),
          full: isFull ? 1 : 0,
          ...(node !== template.node && { target: node }),
          ...(isFull && order.storage !== undefined && { storage: order.storage }),
          ...(resourcePool !== undefined && { pool: resourcePool }),
        });
        await session.settle(upid, () => bearsKey(template.node, newid));
        return newid;
      } catch (error) {
        if (!(error instanceof TenureFailure) || error.details.reason !== ID_TAKEN) throw error;
        taken.add(newid);
      }
    }
    const message = `${ID_TRIES} ids of Proxmox VE were taken while they were asked for.`;
    throw new TenureFailure('retryable', message, { reason: ID_TAKEN });
  }

  /** Looking is all that this does: if it fails, the clone was ordered all the same. */
  async function bearsKey(node: string, vmid: number): Promise<boolean> {
    try {
      const config = await session.readUnlessGone(Config, vmPath(node, vmid, 'config'));
      return config !== null && markOfDescription(vmid, text(config, 'description')) !== null;
    } catch (error) {
      if (error instanceof TenureFailure) return false;
      throw error;
    }
  }

  /** One that comes from the key, or else any, from a random place on, so that workers do not all ask for the same one. */
  function freeId(key: string, taken: ReadonlySet<number>): number {
    const own = idsOf(key, range.from, range.to).find((id) => id <= last && !taken.has(id));
    if (own !== undefined) return own;
    const count = last - range.from + 1;
    const start = randomInt(count);
    for (let step = 0; step < count; step += 1) {
      const vmid = range.from + ((start + step) % count);
      if (!taken.has(vmid)) return vmid;
    }
    throw new TenureFailure('needs-a-human', `No id from ${range.from} to ${last} is free in Proxmox VE.`, {
      reason: REASONS.quotaFull,
      nextStep: 'Widen PROXMOX_VMID_TO, and PROXMOX_IP_POOL if it is set; then retry.',
    });
  }

  async function advance(ref: string, request: CreateInstanceRequest): Promise<void> {
    const order = readPlan(request.plan, request.region);
    const machine = await machines.look(ref);
    if (machine === null) throw undone();
    if (!isOpenMaking(machine)) return;
    const { vmid, node, tags, config } = machine;
    const configPath = vmPath(node, vmid, 'config');
    if (!markOfTags(vmid, tags)) {
      const digest = text(config, 'digest');
      await session.put(configPath, { ...(await settings(ref, machine, order, request)), digest });
    }
    await growDisk(session, machine, order);
    if (!machine.isRunning) await start(session, machine);
    const started = await machines.look(ref);
    if (!started?.isRunning || !isOpenMaking(started)) return;
    // A machine that nobody can reach is not made yet.
    const address = await machines.addressOf(started);
    if (address === null) return;
    await session.put(configPath, { tags: tagsOfMade(started.tags, address) });
  }

  async function settings(
    ref: string,
    { vmid, mark, tags, config }: Machine,
    order: Order,
    { userData }: CreateInstanceRequest,
  ): Promise<Record<string, string | number>> {
    const address = pool?.at(vmid - range.from) ?? null;
    const gateway = pool?.gateway ? `,gw=${pool.gateway}` : '';
    const hostpci = hostpciOf(order);
    return {
      cores: order.cores,
      sockets: 1,
      memory: String(order.memoryMb),
      ipconfig0: address === null ? 'ip=dhcp' : `ip=${address}/${pool?.prefix}${gateway}`,
      ...(address !== null && nameservers.length > 0 && { nameserver: nameservers.join(' ') }),
      // Without it nobody would tell the address that DHCP gave.
      ...(address === null && !/^(1|enabled=1)/.test(text(config, 'agent')) && { agent: 'enabled=1' }),
      ...(hostpci !== null && { hostpci0: hostpci }),
      ...(snippets && userData.trim() !== ''
        ? { cicustom: await writeSnippet(snippets, ref, userData) }
        : cloudInitOf(userData)),
      // What a machine is made of is decided with the template, not by the day of its first boot.
      ciupgrade: 0,
      ...(mark && { tags: tagsOfMaking(vmid, mark, tags) }),
    };
  }

  return { create, advance };
}

/** Whether there is a step to take now. */
function isOpenMaking({ isMaking, mark, lock }: Machine): boolean {
  return isMaking && mark !== null && lock === null;
}

/** Makes the first disk as large as the order says; nothing if it is. @throws TenureFailure `refused` if it is larger */
export async function growDisk(
  session: Session,
  { vmid, node, config }: Machine,
  order: Order,
): Promise<void> {
  const size = diskGb(text(config, order.disk));
  if (size === null) throw badPlan('providers.proxmox.disk', `the machine has no disk ${order.disk}`);
  if (size > order.diskGb)
    throw badPlan('providers.proxmox.diskGb', `the disk has ${size} GB and cannot shrink`);
  if (size === order.diskGb) return;
  const body = { disk: order.disk, size: `${order.diskGb}G` };
  await session.settle(await session.resize(vmPath(node, vmid, 'resize'), body));
}

/** Powers on. @returns whether it is on already; `false` if that is still under way */
export function start(session: Session, { vmid, node }: Machine): Promise<boolean> {
  return unlessSo(async () => session.settle(await session.post(vmPath(node, vmid, 'status/start'), {})));
}

/** A switch that finds the power as it is to be has done its work. */
export async function unlessSo(work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TenureFailure && error.details.reason === ALREADY_SO) return true;
    throw error;
  }
}

/** Proxmox VE removes a clone that fails, and so does a person who deletes it. */
function undone(): TenureFailure {
  const message = 'The clone is gone before it was finished.';
  return new TenureFailure('refused', message, {
    reason: 'provider-gave-up',
    nextStep:
      'Read the log of the last "qmclone" task of the template in Proxmox VE: a clone that fails is removed.',
  });
}
