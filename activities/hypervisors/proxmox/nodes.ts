/** Which node a new machine goes to, and how full the nodes are. */
import { z } from 'zod';
import { TenureFailure } from '../../../schemas/failures.ts';
import { type CapacityPart, HYPERVISOR_REASONS as REASONS, type Share } from '../port.ts';
import { type IdRange, isGuest } from './machines.ts';
import { type Order, badPlan } from './plan.ts';
import { type Session, vmPath } from './session.ts';
import { Config, type GuestRow, Resource, storageOf, text } from './wire.ts';

export interface NodeRules {
  /** Nodes that take new machines; all if empty. One that is left out is being drained. */
  nodes: readonly string[];
  /** How much memory may be promised for each that a node has. */
  memoryOvercommit: number;
}

/** Everything in the cluster at one moment. */
export interface Inventory {
  rows: Resource[];
  guests: GuestRow[];
}

/** What to clone, and where to. */
export interface Place {
  template: GuestRow;
  node: string;
}

const UNKNOWN: Share = { used: null, total: null };

export async function readInventory(session: Session): Promise<Inventory> {
  const rows = await session.read(z.array(Resource), '/cluster/resources');
  return { rows, guests: rows.filter(isGuest) };
}

/**
 * The node with the most memory left, among those that are open and can have the template: it lies there, or on storage that all share.
 *
 * @throws TenureFailure `refused`: `region-sold-out`, or `bad-plan` if there is no such template or its disk is larger than the plan's.
 */
export async function choosePlace(
  session: Session,
  inventory: Inventory,
  rules: NodeRules,
  order: Order,
): Promise<Place> {
  const templates = inventory.guests.filter(
    (guest) => guest.template && (guest.vmid === order.template || guest.name === order.template),
  );
  const [any] = templates;
  if (!any) throw badPlan('providers.proxmox.template', `there is no template ${order.template}`);
  if ((any.maxdisk ?? 0) > order.diskGb * 1_024 ** 3) {
    throw badPlan('providers.proxmox.diskGb', 'is less than the disk of the template, which cannot shrink');
  }
  const roomy = openNodes(inventory, rules)
    .filter(({ name, free }) => order.nodes.includes(name) && free >= order.memoryMb)
    .sort((a, b) => b.free - a.free);
  const [best] = roomy;
  if (!best) throw soldOut(order);
  const readable = await readTemplates(session, templates);
  const place =
    placeOn(best.name, readable, (template) => template.node === best.name) ??
    placeOn(best.name, readable, ({ config }) => isShared(inventory, storageOf(text(config, order.disk)))) ??
    roomy
      .map(({ name }) => placeOn(name, readable, ({ node }) => node === name))
      .find((each) => each !== null);
  if (place) return checked(place, order);
  throw badPlan(
    'providers.proxmox.template',
    `is on none of ${order.nodes.join(', ')}, nor on shared storage`,
  );
}

interface Template extends GuestRow {
  config: Config;
}

async function readTemplates(session: Session, rows: GuestRow[]): Promise<Template[]> {
  const templates: Template[] = [];
  for (const row of rows) {
    const config = await session.readUnlessGone(Config, vmPath(row.node, row.vmid, 'config'));
    if (config) templates.push({ ...row, config });
  }
  return templates;
}

function placeOn(node: string, templates: Template[], isFit: (template: Template) => boolean) {
  const template = templates.find(isFit);
  return template ? { template, node } : null;
}

function isShared({ rows }: Inventory, storage: string): boolean {
  return rows.some((row) => row.type === 'storage' && row.storage === storage && row.shared);
}

/**
 * Disks are copied in the order of their names, and a clone bears its key only when the first one is through: that must be a
 * small one. Without a drive for cloud-init nothing of the order would reach the guest.
 */
function checked(place: { template: Template; node: string }, { disk, clone }: Order): Place {
  const { config } = place.template;
  const drives = Object.keys(config)
    .filter((name) => /^(ide|sata|scsi|virtio|efidisk)\d+$/.test(name))
    .sort();
  const isCloudInit = (name: string): boolean => /\bcloudinit\b/.test(text(config, name));
  const copied = drives.filter((name) => isCloudInit(name) || !/media=cdrom/.test(text(config, name)));
  if (!drives.some(isCloudInit)) throw badPlan('providers.proxmox.template', 'has no cloud-init drive');
  if (clone === 'full' && copied[0] === disk) {
    throw badPlan(
      'providers.proxmox.template',
      `must have its cloud-init drive before ${disk}, e.g. as ide2`,
    );
  }
  return place;
}

/** Memory left in MB: what is promised counts, also to machines that are off. */
function openNodes({ rows, guests }: Inventory, rules: NodeRules): { name: string; free: number }[] {
  return rows.flatMap((row) => {
    if (row.type !== 'node' || row.node === undefined || !isOpen(row, rules)) return [];
    const total = megabytes(row.maxmem) * rules.memoryOvercommit;
    return [{ name: row.node, free: total - promised(guests, row.node, ({ maxmem }) => megabytes(maxmem)) }];
  });
}

function isOpen({ node, status, hastate }: Resource, { nodes }: NodeRules): boolean {
  const isWanted = nodes.length === 0 || nodes.includes(node ?? '');
  return isWanted && status === 'online' && hastate !== 'maintenance';
}

function promised(guests: GuestRow[], node: string, of: (guest: GuestRow) => number): number {
  const there = guests.filter((guest) => guest.node === node && !guest.template);
  return there.reduce((sum, guest) => sum + of(guest), 0);
}

/** Each node, each shared storage, and the range of ids. */
export function capacityOf({ rows, guests }: Inventory, rules: NodeRules, range: IdRange): CapacityPart[] {
  const disks = (wanted: (row: Resource) => boolean): Share => {
    const storages = rows.filter(
      (row) => row.type === 'storage' && /\bimages\b/.test(row.content ?? 'images') && wanted(row),
    );
    return {
      used: gigabytes(storages.reduce((sum, { disk = 0 }) => sum + disk, 0)),
      total: gigabytes(storages.reduce((sum, { maxdisk = 0 }) => sum + maxdisk, 0)),
    };
  };
  const nodes = rows.flatMap((row): CapacityPart[] => {
    const { type, node } = row;
    if (type !== 'node' || node === undefined) return [];
    return [
      {
        name: node,
        open: isOpen(row, rules),
        cpus: { used: promised(guests, node, ({ maxcpu = 0 }) => maxcpu), total: row.maxcpu ?? null },
        memoryMb: {
          used: promised(guests, node, ({ maxmem }) => megabytes(maxmem)),
          total: row.maxmem === undefined ? null : Math.floor(megabytes(row.maxmem) * rules.memoryOvercommit),
        },
        diskGb: disks((storage) => storage.node === node && !storage.shared),
        instances: { used: promised(guests, node, () => 1), total: null },
      },
    ];
  });
  // Every node has a row for a storage that all share; one of them tells.
  const shared = new Map(
    rows.filter(({ type, shared }) => type === 'storage' && shared).map((row) => [row.storage, row]),
  );
  const storages = [...shared.entries()].map(([storage = '', one]): CapacityPart => ({
    name: `storage ${storage}`,
    open: true,
    cpus: UNKNOWN,
    memoryMb: UNKNOWN,
    diskGb: disks((row) => row === one),
    instances: UNKNOWN,
  }));
  const ids = guests.filter(({ vmid }) => vmid >= range.from && vmid <= range.to).length;
  const total = range.to - range.from + 1;
  const account = { name: '', open: ids < total, cpus: UNKNOWN, memoryMb: UNKNOWN, diskGb: UNKNOWN };
  return [...nodes, ...storages, { ...account, instances: { used: ids, total } }];
}

function soldOut({ nodes, memoryMb }: Order): TenureFailure {
  const message = `None of ${nodes.join(', ')} is open with ${memoryMb} MB of memory to spare.`;
  return new TenureFailure('refused', message, {
    reason: REASONS.regionSoldOut,
    nextStep: 'Add a node, open a drained one, or choose another region.',
  });
}

function megabytes(bytes = 0): number {
  return Math.round(bytes / 1_024 ** 2);
}

function gigabytes(bytes: number): number {
  return Math.round(bytes / 1_024 ** 3);
}
