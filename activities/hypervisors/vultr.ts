/**
 * Vultr API v2 (https://www.vultr.com/api/).
 *
 * Creating is not idempotent there, so the business key goes on as a tag in the create call itself. The list's `tag`
 * filter is deprecated; the key is looked for in the whole inventory.
 */
import { readJson } from '../http/answers.ts';
import type { Pace } from '../http/pace.ts';
import { searchPages } from '../http/paging.ts';
import type { CapacityPart, Hypervisor, ProviderInstance } from './port.ts';
import { addressOperations } from './vultr/addresses.ts';
import { changingOperations } from './vultr/changing.ts';
import { diskOperations } from './vultr/disks.ts';
import { checkRef } from './vultr/failures.ts';
import { dropOwnGroup, firewallOperations } from './vultr/firewall.ts';
import {
  type Instance,
  InstancePage,
  KEY_MARK,
  OneInstance,
  OneSnapshot,
  type Snapshot,
  SnapshotPage,
  readInstance,
  toInstance,
  toSnapshot,
} from './vultr/instances.ts';
import { readPlan } from './vultr/plan.ts';
import { createSession } from './vultr/session.ts';

export interface VultrOptions extends Pick<Hypervisor, 'createSettleMs' | 'pollMs'> {
  apiKey: string;
  /** With the version: `https://api.vultr.com/v2`. */
  apiBase: string;
  /** Time limit of one call, in ms. */
  timeoutMs: number;
  /** Default 20; Vultr allows 30 per address, and answers 429 above. */
  requestsPerSecond?: number;
  pace?: Pace;
}

type State = ProviderInstance['state'];

const UNTOLD = { used: null, total: null };

/** Creates the driver of one Vultr account. */
export function createVultrDriver(options: VultrOptions): Hypervisor {
  const { createSettleMs, pollMs, requestsPerSecond = 20 } = options;
  const session = createSession({ ...options, requestsPerSecond });
  const { call, callUnlessGone, pages } = session;

  async function get(ref: string): Promise<ProviderInstance | null> {
    const instance = await readInstance(session, ref);
    return instance && toInstance(instance);
  }

  /** Switches the power unless it already is, or is about to be, as wanted. */
  async function switchPower(ref: string, action: 'start' | 'halt', isDone: State[]): Promise<void> {
    const instance = await get(ref);
    if (instance && isDone.includes(instance.state)) return;
    await call({ method: 'POST', path: `/instances/${checkRef(ref)}/${action}` });
  }

  return {
    name: 'vultr',
    // https://docs.vultr.com/support/platform/billing/are-stopped-instances-still-billed-on-vultr
    capabilities: {
      snapshots: true,
      snapshotsOutlive: true,
      lacks: {},
      billsWhileStopped: true,
      userData: true,
      restoresElsewhere: true,
      protocols: ['ssh', 'rdp'],
    },
    createSettleMs,
    pollMs,
    requestsPerSecond,

    operations: {
      ...changingOperations(session),
      ...diskOperations(session),
      ...addressOperations(session),
      ...firewallOperations(session),
    },

    checkPlan: (plan, region) => void readPlan(plan, region),
    sizeOf: (plan, region) => readPlan(plan, region).plan,
    isInRegion: (plan, region, seen) => readPlan(plan, region).region === seen,

    async capacity(): Promise<CapacityPart[]> {
      // Vultr tells neither the account's limits nor what a region has left; only how many instances there are.
      const exchange = await call({ method: 'GET', path: '/instances', query: { per_page: 1 } });
      const instances = { used: readJson(InstancePage, exchange).total, total: null };
      return [{ name: '', open: true, cpus: UNTOLD, memoryMb: UNTOLD, diskGb: UNTOLD, instances }];
    },

    async create({ key, hostname, region, plan, userData, labels }) {
      const { image, ...order } = readPlan(plan, region);
      const marks = Object.entries(labels).map(([name, value]) => `tenure-${name}:${value}`);
      const exchange = await call({
        method: 'POST',
        path: '/instances',
        body: {
          ...order,
          ...image,
          label: hostname,
          hostname,
          tags: [`${KEY_MARK}${key}`, ...marks],
          user_data: Buffer.from(userData, 'utf8').toString('base64'),
        },
      });
      return toInstance(readJson(OneInstance, exchange).instance);
    },

    async findByKey(key) {
      const isOurs = ({ tags }: Instance): boolean => tags?.includes(`${KEY_MARK}${key}`) ?? false;
      const found = await searchPages(pages('/instances', InstancePage), isOurs);
      return found.map((instance) => ({ ...toInstance(instance), key }));
    },

    get,

    async *list() {
      for await (const { items } of pages('/instances', InstancePage)) yield* items.map(toInstance);
    },

    // What starting does to a machine that runs is not documented, so it is not tried.
    start: (ref) => switchPower(ref, 'start', ['running', 'creating']),
    stop: (ref) => switchPower(ref, 'halt', ['stopped']),

    async delete(ref) {
      checkRef(ref);
      // Groups are few and would outlive their instance; but nothing keeps from deleting.
      const instance = await readInstance(session, ref).catch(() => null);
      await callUnlessGone({ method: 'DELETE', path: `/instances/${checkRef(ref)}` });
      if (instance?.firewall_group_id) await dropOwnGroup(session, instance.firewall_group_id, ref);
    },

    async createSnapshot(ref, key) {
      const exchange = await call({
        method: 'POST',
        path: '/snapshots',
        body: { instance_id: checkRef(ref), description: `${KEY_MARK}${key}` },
      });
      return toSnapshot(readJson(OneSnapshot, exchange).snapshot);
    },

    async findSnapshotsByKey(key) {
      const isOurs = (snapshot: Snapshot): boolean =>
        exists(snapshot) && snapshot.description === `${KEY_MARK}${key}`;
      return (await searchPages(pages('/snapshots', SnapshotPage), isOurs)).map(toSnapshot);
    },

    async getSnapshot(snapshotRef) {
      const exchange = await callUnlessGone({ method: 'GET', path: `/snapshots/${checkRef(snapshotRef)}` });
      const snapshot = exchange && readJson(OneSnapshot, exchange).snapshot;
      return snapshot && exists(snapshot) ? toSnapshot(snapshot) : null;
    },

    async *listSnapshots() {
      for await (const { items } of pages('/snapshots', SnapshotPage))
        yield* items.filter(exists).map(toSnapshot);
    },

    async deleteSnapshot(snapshotRef) {
      await callUnlessGone({ method: 'DELETE', path: `/snapshots/${checkRef(snapshotRef)}` });
    },
  };
}

/** Deleted snapshots may be shown for a while. */
function exists({ status }: Snapshot): boolean {
  return status !== 'deleted';
}
