/**
 * Vultr API v2 (https://www.vultr.com/api/).
 *
 * Creating is not idempotent there, so the business key goes on as a tag in the create call itself. The list's `tag`
 * filter is deprecated; the key is looked for in the whole inventory.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { type FailureKind, TenureFailure } from '../../schemas/failures.ts';
import { type Exchange, failureOfStatus, parseJson, quote, readJson } from '../http/answers.ts';
import { createApi } from '../http/api.ts';
import { createHttpClient } from '../http/client.ts';
import { NOT_FOUND, PAYMENT_NEEDED, UNEXPECTED_ANSWER } from '../http/failures.ts';
import { type Page, readPages, searchPages } from '../http/paging.ts';
import {
  HYPERVISOR_REASONS as REASONS,
  type Hypervisor,
  type ProviderInstance,
  type ProviderSnapshot,
} from './port.ts';

export interface VultrOptions extends Pick<Hypervisor, 'createSettleMs' | 'pollMs'> {
  apiKey: string;
  /** With the version: `https://api.vultr.com/v2`. */
  apiBase: string;
  /** Time limit of one call, in ms. */
  timeoutMs: number;
  /** Default 20; Vultr allows 30 per address, and answers 429 above. */
  requestsPerSecond?: number;
}

/** A plan's `providers.vultr` entry: what to order, from which image, and Vultr's name of each Tenure region. */
const VultrPlan = z
  .strictObject({
    /** E.g. `vc2-1c-1gb`; see GET /plans. */
    plan: z.string().min(1),
    /** An operating system; see GET /os. */
    osId: z.int().positive().optional(),
    /** A marketplace application; see GET /applications?type=marketplace. */
    imageId: z.string().min(1).optional(),
    /** Tenure's region key → Vultr's region id; see GET /regions. */
    regions: z.record(z.string(), z.string().min(1)),
  })
  .refine(({ osId, imageId }) => (osId === undefined) !== (imageId === undefined), {
    path: ['osId'],
    message: 'give either osId or imageId',
  });

const Instance = z.object({
  id: z.string().min(1),
  status: z.string(),
  power_status: z.string(),
  server_status: z.string(),
  main_ip: z.string(),
  region: z.string(),
  tags: z.array(z.string()).nullable(),
  date_created: z.string().optional(),
});
type Instance = z.infer<typeof Instance>;
type State = ProviderInstance['state'];

const Snapshot = z.object({
  id: z.string().min(1),
  status: z.string(),
  description: z.string(),
  size: z.number().optional(),
});
type Snapshot = z.infer<typeof Snapshot>;

/** A list that does not say whether it goes on must not pass for a whole one. */
const Meta = z
  .object({ total: z.int(), links: z.object({ next: z.string() }) })
  .transform(({ total, links }) => ({ total, next: links.next }));
const OneInstance = z.object({ instance: Instance });
const OneSnapshot = z.object({ snapshot: Snapshot });
const InstancePage = z
  .object({ instances: z.array(Instance), meta: Meta })
  .transform(({ instances, meta }) => ({ items: instances, ...meta }));
const SnapshotPage = z
  .object({ snapshots: z.array(Snapshot), meta: Meta })
  .transform(({ snapshots, meta }) => ({ items: snapshots, ...meta }));
const ApiError = z.object({ error: z.string() });
/** The largest page there is. */
const PAGE_SIZE = 500;
/** Marks tags and snapshot descriptions that carry a business key. */
const KEY_MARK = 'tenure:';

const LOCKED_STATUSES = [400, 409, 423, 500];
const REFUSAL_STATUSES = [400, 402, 403, 422];
/** What one and the same status can mean; only the text tells. */
const REFUSALS: { text: RegExp; kind: FailureKind; reason: string; nextStep?: string }[] = [
  {
    text: /\bmaximum\b.*\b(fee|number)\b|\b(?<!rate[- ])(limit|quota) (reached|exceeded)\b|account limits?\b/i,
    kind: 'needs-a-human',
    reason: REASONS.quotaFull,
    nextStep: 'Ask Vultr to raise the account’s limit, or delete what is not needed; then retry.',
  },
  {
    text: /not available in|unavailable in|sold out|out of stock|no capacity|insufficient (capacity|resources)/i,
    kind: 'refused',
    reason: REASONS.regionSoldOut,
    nextStep: 'Choose another region or plan, or refund.',
  },
  {
    text: /\b(payment|billing|balance|credit card)\b/i,
    kind: 'needs-a-human',
    reason: PAYMENT_NEEDED,
    nextStep: 'Settle the account at Vultr, then retry.',
  },
  // 400 in place of 404, now and then
  { text: /^invalid (instance|snapshot)([-_ ]id)?\.?$|not found/i, kind: 'refused', reason: NOT_FOUND },
];

/** Creates the driver of one Vultr account. */
export function createVultrDriver(options: VultrOptions): Hypervisor {
  const { apiKey, apiBase, timeoutMs, createSettleMs, pollMs, requestsPerSecond = 20 } = options;
  const headers = { Authorization: `Bearer ${apiKey}` };
  const { call, callUnlessGone } = createApi(
    createHttpClient({ api: 'Vultr', baseUrl: apiBase, timeoutMs, headers, requestsPerSecond }),
    (exchange) => failureOf(exchange, [apiKey]),
  );

  const pages = <T extends { id: string }>(path: string, shape: z.ZodType<Page<T>>): AsyncIterable<Page<T>> =>
    readPages(
      async (cursor) => {
        const query = { per_page: PAGE_SIZE, ...(cursor !== '' && { cursor }) };
        return readJson(shape, await call({ method: 'GET', path, query }));
      },
      ({ id }) => id,
    );

  async function get(ref: string): Promise<ProviderInstance | null> {
    const exchange = await callUnlessGone({ method: 'GET', path: `/instances/${checkRef(ref)}` });
    return exchange && toInstance(readJson(OneInstance, exchange).instance);
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
    capabilities: { snapshots: true, billsWhileStopped: true, userData: true },
    createSettleMs,
    pollMs,
    requestsPerSecond,

    checkPlan: (plan, region) => void readPlan(plan, region),

    async create({ key, hostname, region, plan, userData, labels }) {
      const order = readPlan(plan, region);
      const marks = Object.entries(labels).map(([name, value]) => `tenure-${name}:${value}`);
      const exchange = await call({
        method: 'POST',
        path: '/instances',
        body: {
          ...order,
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
      await callUnlessGone({ method: 'DELETE', path: `/instances/${checkRef(ref)}` });
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
      const isOurs = ({ status, description }: Snapshot): boolean =>
        status !== 'deleted' && description === `${KEY_MARK}${key}`;
      return (await searchPages(pages('/snapshots', SnapshotPage), isOurs)).map(toSnapshot);
    },

    async getSnapshot(snapshotRef) {
      const exchange = await callUnlessGone({ method: 'GET', path: `/snapshots/${checkRef(snapshotRef)}` });
      const snapshot = exchange && readJson(OneSnapshot, exchange).snapshot;
      return snapshot && snapshot.status !== 'deleted' ? toSnapshot(snapshot) : null;
    },

    async deleteSnapshot(snapshotRef) {
      await callUnlessGone({ method: 'DELETE', path: `/snapshots/${checkRef(snapshotRef)}` });
    },
  };
}

/** The part of the create body that the plan decides. */
function readPlan(plan: Record<string, unknown>, region: string): Record<string, unknown> {
  const parsed = VultrPlan.safeParse(plan);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw badPlan(['providers.vultr', ...(issue?.path ?? [])].join('.'), issue?.message ?? 'is wrong');
  }
  const { plan: planId, osId, imageId, regions } = parsed.data;
  const regionId = regions[region];
  if (regionId === undefined) throw badPlan(`providers.vultr.regions.${region}`, 'is missing');
  const image = osId === undefined ? { image_id: imageId } : { os_id: osId };
  return { region: regionId, plan: planId, ...image };
}

function badPlan(field: string, wrong: string): TenureFailure {
  return new TenureFailure('refused', `${field}: ${wrong}`, {
    reason: REASONS.badPlan,
    nextStep: `Mend ${field} in the catalogue.`,
  });
}

/** A reference fit for a path: an empty one would turn a call about one thing into a call about all of them. */
function checkRef(ref: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(ref)) return ref;
  const message = `"${quote(ref, [])}" is not an id of Vultr.`;
  throw new TenureFailure('refused', message, { reason: REASONS.badRef });
}

function failureOf(exchange: Exchange, secrets: string[]): TenureFailure {
  const { status, body } = exchange.answer;
  const error = ApiError.safeParse(parseJson(body)).data?.error;
  const said = quote(error ?? '', secrets);
  const byStatus = failureOfStatus(exchange, said);
  const { message } = byStatus;
  if (status === 404 && error === undefined) {
    // Not in Vultr's words: something else answers there, and must not pass for "it is gone".
    const nextStep = 'Check VULTR_API_BASE.';
    return new TenureFailure('retryable', message, { reason: UNEXPECTED_ANSWER, nextStep, upstream: '404' });
  }
  if (
    LOCKED_STATUSES.includes(status) &&
    /\b(currently|server|instance|snapshot)\b.*\blocked\b/i.test(said)
  ) {
    // Also with 500 it means that nothing was done.
    return new TenureFailure('retryable', message, { reason: REASONS.locked, upstream: String(status) });
  }
  const refusal = REFUSAL_STATUSES.includes(status) && REFUSALS.find(({ text }) => text.test(said));
  if (!refusal) return byStatus;
  const { kind, reason, nextStep } = refusal;
  return new TenureFailure(kind, message, { reason, nextStep, upstream: String(status) });
}

function toInstance(instance: Instance): ProviderInstance {
  const { id, main_ip, region, tags, date_created } = instance;
  const created = new Date(date_created ?? '');
  return {
    ref: id,
    key: tags?.find((tag) => tag.startsWith(KEY_MARK))?.slice(KEY_MARK.length) ?? null,
    state: stateOf(instance),
    // 0.0.0.0 stands for an address that is still to come.
    address: isIP(main_ip) !== 0 && main_ip !== '0.0.0.0' ? main_ip : null,
    region,
    createdAt: Number.isNaN(created.getTime()) ? null : created.toISOString(),
  };
}

/** Three status fields make one state. What isn't known is `busy`: wait, and decide nothing on it. */
function stateOf({ status, power_status, server_status }: Instance): State {
  if (status === 'pending') return 'creating';
  // `resizing`, or `suspended` by Vultr, which keeps the data
  if (status !== 'active' || server_status === 'locked') return 'busy';
  if (power_status === 'stopped') return 'stopped';
  if (power_status !== 'running') return 'busy';
  return server_status === 'ok' ? 'running' : 'creating';
}

function toSnapshot({ id, status, description, size }: Snapshot): ProviderSnapshot {
  const key = description.startsWith(KEY_MARK) ? description.slice(KEY_MARK.length) : null;
  if (status !== 'complete') return { ref: id, key, state: 'pending', sizeBytes: null };
  return { ref: id, key, state: 'complete', sizeBytes: size ?? null };
}
