/**
 * Contabo (https://api.contabo.com/).
 *
 * Creating is not idempotent there, and tags can only be set afterwards, so the business key goes into the display name; the
 * audit trail finds the call that carried it should the name have been changed. There is no deleting: an instance is cancelled
 * and listed until its paid period ends, and from the cancellation on it counts as gone here.
 */
import type { z } from 'zod';
import { TenureFailure } from '../../schemas/failures.ts';
import { quote, readJson } from '../http/answers.ts';
import { createApi } from '../http/api.ts';
import { createHttpClient } from '../http/client.ts';
import { NOT_FOUND } from '../http/failures.ts';
import type { Pace } from '../http/pace.ts';
import { type Page, readPages, searchPages } from '../http/paging.ts';
import { CONTABO_CAPABILITIES } from './contabo/capabilities.ts';
import { markedName, readMark, requestIdOf, snapshotDescription, snapshotName } from './contabo/marks.ts';
import { readPlan } from './contabo/plan.ts';
import { failureOf } from './contabo/refusals.ts';
import { type ContaboCredentials, createTokens, signedIn } from './contabo/session.ts';
import {
  type Audit,
  AuditPage,
  type Instance,
  InstancePage,
  OneInstance,
  OneSnapshot,
  SnapshotPage,
  isCancelled,
  refuseIfOwnerAwaited,
  toAddresses,
  toInstance,
  toSnapshot,
} from './contabo/wire.ts';
import {
  HYPERVISOR_REASONS as REASONS,
  type Hypervisor,
  type InstanceOperations,
  type ProviderSnapshot,
} from './port.ts';

export interface ContaboOptions extends ContaboCredentials, Pick<Hypervisor, 'createSettleMs' | 'pollMs'> {
  /** `https://api.contabo.com/v1`; the version is added if there is no path. */
  apiBase: string;
  /** The token endpoint, or the address that it is below. */
  authUrl: string;
  /** Time limit of one call, in ms. */
  timeoutMs: number;
  /** Default 5. Contabo answers 429 above a limit that it does not publish. */
  requestsPerSecond?: number;
  pace?: Pace;
}

const PAGE_SIZE = 100;
const INSTANCES = '/compute/instances';

/** Creates the driver of one Contabo account. */
export function createContaboDriver(options: ContaboOptions): Hypervisor {
  const { timeoutMs, createSettleMs, pollMs, requestsPerSecond = 5, pace } = options;
  const baseUrl = versioned(options.apiBase);
  const tokens = createTokens(options);
  const http = createHttpClient({ api: 'Contabo', baseUrl, timeoutMs, headers: {}, requestsPerSecond, pace });
  const { call, callUnlessGone } = createApi(signedIn(http, tokens), (exchange) =>
    failureOf(exchange, [options.clientSecret, options.password]),
  );

  /** A list's pages, in an order that stays; `whereGone` reads as empty what Contabo says is not there. */
  const pages = <T>(
    path: string,
    shape: z.ZodType<Page<T>>,
    idOf: (item: T) => string,
    { whereGone = false, ...filter }: { whereGone?: boolean; orderBy?: string; requestId?: string } = {},
  ): AsyncIterable<Page<T>> =>
    readPages(async (cursor) => {
      const query = { page: cursor === '' ? 1 : Number(cursor), size: PAGE_SIZE, ...filter };
      const exchange = await (whereGone ? callUnlessGone : call)({ method: 'GET', path, query });
      return exchange ? readJson(shape, exchange) : { items: [], total: 0, next: '' };
    }, idOf);

  const instances = (): AsyncIterable<Page<Instance>> =>
    pages(INSTANCES, InstancePage, ({ instanceId }) => String(instanceId), { orderBy: 'name:asc' });

  /** What the call with this request id made, as the audit trail has it. */
  async function madeBy(trail: string, requestId: string): Promise<Audit[]> {
    const made: Audit[] = [];
    const entries = pages(trail, AuditPage, ({ id }) => String(id), { requestId, whereGone: true });
    for await (const { items } of entries) {
      made.push(
        ...items.filter((entry) => entry.action === 'CREATED' && entry.requestId.toLowerCase() === requestId),
      );
    }
    return made;
  }

  /** The instance, unless there is none or it is cancelled. */
  async function look(ref: string): Promise<Instance | null> {
    const exchange = await callUnlessGone({ method: 'GET', path: `${INSTANCES}/${checkRef(ref)}` });
    const instance = exchange && readJson(OneInstance, exchange);
    return instance && !isCancelled(instance) ? instance : null;
  }

  /** @throws TenureFailure `refused` (`not-found`) as for {@link look}'s `null` */
  async function lookFor(ref: string): Promise<Instance> {
    const instance = await look(ref);
    if (instance) return instance;
    throw notFound(`Contabo has no instance ${ref}, or it is cancelled.`);
  }

  /**
   * Carries an action out, also where it may be needless: Contabo then does nothing, and the status follows an action so late that
   * it cannot tell.
   */
  async function act(ref: string, action: 'start' | 'stop' | 'restart'): Promise<void> {
    await lookFor(ref);
    await call({ method: 'POST', path: `${INSTANCES}/${ref}/actions/${action}` });
  }

  async function snapshotAt(path: string): Promise<ProviderSnapshot | null> {
    const exchange = await callUnlessGone({ method: 'GET', path });
    return exchange && toSnapshot(readJson(OneSnapshot, exchange));
  }

  const operations: Partial<InstanceOperations> = {
    reboot: (ref) => act(ref, 'restart'),

    async reinstall(ref, { plan, region, userData }) {
      const { installation } = readPlan(plan, region);
      await lookFor(ref);
      const body = { ...installation, ...(userData !== '' && { userData }) };
      await call({ method: 'PUT', path: `${INSTANCES}/${ref}`, body });
    },

    async rename(ref, name) {
      const { key } = readMark((await lookFor(ref)).displayName ?? '');
      const body = { displayName: markedName({ name, key }) };
      await call({ method: 'PATCH', path: `${INSTANCES}/${ref}`, body });
    },

    async restoreSnapshot(ref, snapshotRef) {
      const { path, instanceRef } = readSnapshotRef(snapshotRef);
      await lookFor(ref);
      if (instanceRef !== ref) {
        if (!(await snapshotAt(path))) throw notFound(`Contabo has no snapshot ${snapshotRef}.`);
        throw new TenureFailure('refused', `Snapshot ${snapshotRef} is not one of instance ${ref}.`, {
          reason: REASONS.unsupported,
          nextStep: 'Contabo puts a snapshot back only where it was taken; choose one of this server.',
        });
      }
      await call({ method: 'POST', path: `${path}/rollback`, body: {} });
    },

    addresses: async (ref) => toAddresses(await lookFor(ref)),
  };

  return {
    name: 'contabo',
    capabilities: CONTABO_CAPABILITIES,
    createSettleMs,
    pollMs,
    requestsPerSecond,
    operations,

    checkPlan: (plan, region) => void readPlan(plan, region),
    sizeOf: (plan, region) => readPlan(plan, region).productId,
    isInRegion: (plan, region, seen) => readPlan(plan, region).region === seen,
    // Contabo tells neither what the account may have nor what a region has left.
    capacity: () => Promise.resolve([]),

    async create({ key, hostname, region, plan, userData }) {
      const { installation, ...order } = readPlan(plan, region);
      const exchange = await call({
        method: 'POST',
        path: INSTANCES,
        headers: { 'x-request-id': requestIdOf('instance', key) },
        body: {
          ...order,
          ...installation,
          displayName: markedName({ name: hostname, key }),
          ...(userData !== '' && { userData }),
        },
      });
      return { ...toInstance(readJson(OneInstance, exchange)), key, name: hostname };
    },

    async findByKey(key) {
      const isOurs = (instance: Instance): boolean =>
        !isCancelled(instance) && readMark(instance.displayName ?? '').key === key;
      const named = await searchPages(instances(), isOurs);
      if (named.length > 0) return named.map(toInstance);
      const made = await madeBy(`${INSTANCES}/audits`, requestIdOf('instance', key));
      const found = await Promise.all(made.map(({ instanceId }) => look(String(instanceId))));
      return found.filter((instance) => instance !== null).map((found) => ({ ...toInstance(found), key }));
    },

    async get(ref) {
      const instance = await look(ref);
      if (instance) refuseIfOwnerAwaited(instance);
      return instance && toInstance(instance);
    },

    async *list() {
      for await (const { items } of instances())
        yield* items.filter((item) => !isCancelled(item)).map(toInstance);
    },

    start: (ref) => act(ref, 'start'),
    stop: (ref) => act(ref, 'stop'),

    async delete(ref) {
      const path = `${INSTANCES}/${checkRef(ref)}`;
      const exchange = await callUnlessGone({ method: 'GET', path });
      const instance = exchange && readJson(OneInstance, exchange);
      if (!instance) return;
      if (!isCancelled(instance)) await callUnlessGone({ method: 'POST', path: `${path}/cancel`, body: {} });
      // Else it would serve on, with the customer's data, until the period ends.
      if (instance.status === 'running') {
        await callUnlessGone({ method: 'POST', path: `${path}/actions/stop` });
      }
    },

    async createSnapshot(ref, key) {
      await lookFor(ref);
      const exchange = await call({
        method: 'POST',
        path: `${INSTANCES}/${ref}/snapshots`,
        headers: { 'x-request-id': requestIdOf('snapshot', key) },
        body: { name: snapshotName(key), description: snapshotDescription(key) },
      });
      return toSnapshot(readJson(OneSnapshot, exchange));
    },

    // There is no list of all snapshots, and one call for each instance would take minutes: the trail leads there at once.
    async findSnapshotsByKey(key) {
      const made = await madeBy('/compute/snapshots/audits', requestIdOf('snapshot', key));
      const refs = made.map(({ instanceId, snapshotId }) => `${instanceId}:${snapshotId ?? ''}`);
      const found = await Promise.all(refs.map((ref) => snapshotAt(readSnapshotRef(ref).path)));
      return found.filter((snapshot) => snapshot !== null).map((snapshot) => ({ ...snapshot, key }));
    },

    getSnapshot: async (snapshotRef) => snapshotAt(readSnapshotRef(snapshotRef).path),

    // Those of cancelled instances, too: they stay until the period ends. The instances are read first, as the list would move on
    // under one that takes minutes to read.
    async *listSnapshots() {
      const paths: string[] = [];
      for await (const { items } of instances())
        paths.push(...items.map(({ instanceId }) => `${INSTANCES}/${instanceId}/snapshots`));
      for (const path of paths) {
        const list = pages(path, SnapshotPage, ({ snapshotId }) => snapshotId, { whereGone: true });
        for await (const { items } of list) yield* items.map(toSnapshot);
      }
    },

    async deleteSnapshot(snapshotRef) {
      await callUnlessGone({ method: 'DELETE', path: readSnapshotRef(snapshotRef).path });
    },
  };
}

function versioned(apiBase: string): string {
  return new URL(apiBase).pathname === '/' ? new URL('/v1', apiBase).href : apiBase;
}

/** A reference fit for a path: an empty one would turn a call about one thing into a call about all of them. */
function checkRef(ref: string): string {
  if (/^[1-9]\d{0,15}$/.test(ref)) return ref;
  throw badRef(ref);
}

/** Contabo names a snapshot below its instance: `<instance>:<snapshot>`. */
function readSnapshotRef(snapshotRef: string): { instanceRef: string; path: string } {
  const [, instanceRef, id] = /^([1-9]\d{0,15}):([A-Za-z0-9][A-Za-z0-9_-]{0,99})$/.exec(snapshotRef) ?? [];
  if (instanceRef === undefined || id === undefined) throw badRef(snapshotRef);
  return { instanceRef, path: `${INSTANCES}/${instanceRef}/snapshots/${id}` };
}

function notFound(message: string): TenureFailure {
  return new TenureFailure('refused', message, { reason: NOT_FOUND });
}

function badRef(ref: string): TenureFailure {
  const message = `"${quote(ref, [])}" is not an id of Contabo.`;
  return new TenureFailure('refused', message, { reason: REASONS.badRef });
}
