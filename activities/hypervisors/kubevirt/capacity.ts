/** What the cluster has and what is used of it. */
import type { V1Node } from '@kubernetes/client-node';
import { TenureFailure } from '../../../schemas/failures.ts';
import { KEY_REFUSED } from '../../http/failures.ts';
import { type CapacityPart, HYPERVISOR_REASONS as REASONS, type Share } from '../port.ts';
import type { Cluster } from './cluster.ts';
import { isFailure } from './failures.ts';
import { amountOf, bytesOf } from './quantity.ts';
import { type Vmi, ZONE_LABEL, sizeOfSpec } from './shapes.ts';

const NONE: Share = { used: null, total: null };
const MB = 1024 ** 2;
const GB = 1024 ** 3;

/** Every node, with what this namespace's machines use of it, and the namespace's quota as the part without a name. */
export async function readCapacity(cluster: Cluster): Promise<CapacityPart[]> {
  const nodes = await readNodes(cluster);
  const used = new Map<string, { cpus: number; memoryMb: number; instances: number }>();
  if (nodes.length > 0) {
    for await (const { items } of cluster.vmis.pages()) for (const vmi of items) addUse(used, vmi);
  }
  return [...nodes.map((node) => partOfNode(node, used)), ...(await quotaParts(cluster))];
}

/**
 * Refuses a zone whose nodes are all closed: the machine would be accepted, and never start. Which nodes there are is not
 * for every account to see; then the scheduler decides.
 *
 * @throws TenureFailure `refused` (`region-sold-out`).
 */
export async function checkZoneOpen({ client }: Cluster, zone: string): Promise<void> {
  const { core } = await client();
  const ofZone = zone === '' ? {} : { labelSelector: `${ZONE_LABEL}=${zone}` };
  const nodes = await core.listNode(ofZone).then(
    ({ items }) => items,
    () => [],
  );
  if (nodes.length === 0 || nodes.some(isOpen)) return;
  throw new TenureFailure('refused', `No node ${zone === '' ? '' : `of zone ${zone} `}takes new machines.`, {
    reason: REASONS.regionSoldOut,
    nextStep: 'Choose another region, or add a node there or uncordon one.',
  });
}

/** Nodes belong to the whole cluster: a namespace's account may not see them. */
async function readNodes({ client }: Cluster): Promise<V1Node[]> {
  const { core } = await client();
  return ifAllowed(core.listNode().then(({ items }) => items));
}

/** Nothing in place of what this account has no right to; a wrong token is another matter. */
async function ifAllowed<T>(reading: Promise<T[]>): Promise<T[]> {
  try {
    return await reading;
  } catch (error) {
    if (isFailure(error, KEY_REFUSED) && error.details.upstream === '403') return [];
    throw error;
  }
}

function isOpen({ metadata, spec, status }: V1Node): boolean {
  const isReady = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True');
  return (
    isReady === true &&
    spec?.unschedulable !== true &&
    metadata?.labels?.['kubevirt.io/schedulable'] !== 'false'
  );
}

function addUse(used: Map<string, { cpus: number; memoryMb: number; instances: number }>, vmi: Vmi): void {
  const node = vmi.status?.nodeName;
  if (node === undefined || node === '') return;
  const { cpus = 0, memoryMb = 0 } = sizeOfSpec(vmi) ?? {};
  const sofar = used.get(node) ?? { cpus: 0, memoryMb: 0, instances: 0 };
  used.set(node, {
    cpus: sofar.cpus + cpus,
    memoryMb: sofar.memoryMb + memoryMb,
    instances: sofar.instances + 1,
  });
}

function partOfNode(
  node: V1Node,
  used: Map<string, { cpus: number; memoryMb: number; instances: number }>,
): CapacityPart {
  const name = node.metadata?.name ?? '';
  const { cpus = 0, memoryMb = 0, instances = 0 } = used.get(name) ?? {};
  const { allocatable = {} } = node.status ?? {};
  const memory = bytesOf(allocatable['memory']);
  return {
    name,
    open: isOpen(node),
    cpus: { used: cpus, total: amountOf(allocatable['cpu']) },
    memoryMb: { used: memoryMb, total: memory === null ? null : Math.floor(memory / MB) },
    // Disks are the storage class's business, not the node's.
    diskGb: NONE,
    instances: { used: instances, total: null },
  };
}

async function quotaParts({ client, namespace }: Cluster): Promise<CapacityPart[]> {
  const { core } = await client();
  const quotas = await ifAllowed(core.listNamespacedResourceQuota({ namespace }).then(({ items }) => items));
  return quotas.flatMap(({ status }) => {
    const { hard = {}, used = {} } = status ?? {};
    const share = (unit: number, ...names: string[]): Share => {
      const name = names.find((each) => hard[each] !== undefined);
      if (name === undefined) return NONE;
      const [usedAmount, total] = [amountOf(used[name]), amountOf(hard[name])];
      return {
        used: usedAmount === null ? null : usedAmount / unit,
        total: total === null ? null : total / unit,
      };
    };
    const part = {
      name: '',
      cpus: share(1, 'requests.cpu', 'cpu', 'limits.cpu'),
      memoryMb: share(MB, 'requests.memory', 'memory', 'limits.memory'),
      diskGb: share(GB, 'requests.storage'),
      instances: share(1, 'count/virtualmachines.kubevirt.io', 'count/virtualmachineinstances.kubevirt.io'),
    };
    const shares = [part.cpus, part.memoryMb, part.diskGb, part.instances];
    if (shares.every(({ total }) => total === null)) return [];
    const isFull = shares.some(
      ({ used: sofar, total }) => sofar !== null && total !== null && sofar >= total,
    );
    return [{ ...part, open: !isFull }];
  });
}
