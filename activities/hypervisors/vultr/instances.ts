/** Instances and snapshots: Vultr's words, and what they are in Tenure's. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { readJson } from '../../http/answers.ts';
import type { ProviderInstance, ProviderSnapshot } from '../port.ts';
import { checkRef, notThere } from './failures.ts';
import { type Session, pageOf } from './session.ts';

const Instance = z.object({
  id: z.string().min(1),
  status: z.string(),
  power_status: z.string(),
  server_status: z.string(),
  main_ip: z.string(),
  region: z.string(),
  tags: z.array(z.string()).nullable(),
  date_created: z.string().optional(),
  label: z.string().nullish(),
  plan: z.string().nullish(),
  os_id: z.number().nullish(),
  image_id: z.string().nullish(),
  v6_main_ip: z.string().nullish(),
  kvm: z.string().nullish(),
  firewall_group_id: z.string().nullish(),
});
export type Instance = z.infer<typeof Instance>;
export const OneInstance = z.object({ instance: Instance });
export const InstancePage = pageOf('instances', Instance);

const Snapshot = z.object({
  id: z.string().min(1),
  status: z.string(),
  description: z.string(),
  size: z.number().optional(),
});
export type Snapshot = z.infer<typeof Snapshot>;
export const OneSnapshot = z.object({ snapshot: Snapshot });
export const SnapshotPage = pageOf('snapshots', Snapshot);

/** Marks tags, snapshot descriptions and disk labels that carry a business key. */
export const KEY_MARK = 'tenure:';

/** @returns the instance as Vultr tells it, or `null` if there is none. */
export async function readInstance(session: Session, ref: string): Promise<Instance | null> {
  const exchange = await session.callUnlessGone({ method: 'GET', path: `/instances/${checkRef(ref)}` });
  return exchange && readJson(OneInstance, exchange).instance;
}

/** @throws TenureFailure `refused` (`not-found`). */
export async function needInstance(session: Session, ref: string): Promise<Instance> {
  const instance = await readInstance(session, ref);
  if (instance === null) throw notThere(`instance ${ref}`);
  return instance;
}

export function toInstance(instance: Instance): ProviderInstance {
  const { id, main_ip, region, tags, date_created, label, plan } = instance;
  const created = new Date(date_created ?? '');
  return {
    ref: id,
    key: tags?.find((tag) => tag.startsWith(KEY_MARK))?.slice(KEY_MARK.length) ?? null,
    state: stateOf(instance),
    address: realAddress(main_ip),
    region,
    createdAt: Number.isNaN(created.getTime()) ? null : created.toISOString(),
    name: label || null,
    size: plan || null,
  };
}

/** `null` for what stands for an address that is still to come: nothing, `0.0.0.0` and `::`. */
export function realAddress(text: string): string | null {
  return isIP(text) !== 0 && text !== '0.0.0.0' && text !== '::' ? text : null;
}

/** Three status fields make one state. What isn't known is `busy`: wait, and decide nothing on it. */
function stateOf({ status, power_status, server_status }: Instance): ProviderInstance['state'] {
  if (status === 'pending') return 'creating';
  // `resizing`, or `suspended` by Vultr, which keeps the data
  if (status !== 'active' || server_status === 'locked') return 'busy';
  if (power_status === 'stopped') return 'stopped';
  if (power_status !== 'running') return 'busy';
  return server_status === 'ok' ? 'running' : 'creating';
}

export function toSnapshot({ id, status, description, size }: Snapshot): ProviderSnapshot {
  const key = description.startsWith(KEY_MARK) ? description.slice(KEY_MARK.length) : null;
  if (status !== 'complete') return { ref: id, key, state: 'pending', sizeBytes: null };
  return { ref: id, key, state: 'complete', sizeBytes: size ?? null };
}
