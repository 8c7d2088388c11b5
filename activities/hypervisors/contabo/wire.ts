/** Contabo's answers: what of them is needed, and what it means in Tenure's words. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { TenureFailure } from '../../../schemas/failures.ts';
import { quote } from '../../http/answers.ts';
import { PAYMENT_NEEDED } from '../../http/failures.ts';
import type { ProviderAddress, ProviderInstance, ProviderSnapshot } from '../port.ts';
import { readMark } from './marks.ts';

const Ip = z.object({ ip: z.string().nullish() }).nullish();
const Instance = z.object({
  instanceId: z.int().positive(),
  name: z.string().nullish(),
  displayName: z.string().nullish(),
  status: z.string(),
  region: z.string(),
  productId: z.string().nullish(),
  createdDate: z.string().nullish(),
  cancelDate: z.string().nullish(),
  ipConfig: z.object({ v4: Ip, v6: Ip }).nullish(),
  additionalIps: z.array(z.object({ v4: Ip })).nullish(),
});
export type Instance = z.infer<typeof Instance>;

const Snapshot = z.object({
  snapshotId: z.string().min(1),
  instanceId: z.int().positive(),
  description: z.string().nullish(),
});
export type Snapshot = z.infer<typeof Snapshot>;

/** An entry of the audit trail: which call did what to which resource. */
const Audit = z.object({
  id: z.int(),
  action: z.string(),
  requestId: z.string(),
  instanceId: z.int().positive(),
  snapshotId: z.string().optional(),
});
export type Audit = z.infer<typeof Audit>;

/** `data` is a list even where it has one member. */
const one = <T>(shape: z.ZodType<T>) => z.object({ data: z.tuple([shape]) }).transform(({ data }) => data[0]);

/** A list that does not say whether it goes on must not pass for a whole one. */
const pageOf = <T>(shape: z.ZodType<T>) =>
  z
    .object({
      data: z.array(shape),
      _pagination: z.object({ page: z.int(), totalPages: z.int(), totalElements: z.int() }),
    })
    .transform(({ data, _pagination: { page, totalPages, totalElements } }) => ({
      items: data,
      total: totalElements,
      next: page < totalPages ? String(page + 1) : '',
    }));

export const OneInstance = one(Instance);
export const OneSnapshot = one(Snapshot);
export const InstancePage = pageOf(Instance);
export const SnapshotPage = pageOf(Snapshot);
export const AuditPage = pageOf(Audit);

/**
 * Whether an instance is gone as far as Tenure is concerned: there is no deleting, and a cancelled one goes on being listed until
 * the period that it is paid for has ended.
 */
export function isCancelled({ cancelDate }: Instance): boolean {
  return (cancelDate ?? '') !== '';
}

export function toInstance(instance: Instance): ProviderInstance {
  const { instanceId, name, displayName, region, productId, createdDate, ipConfig } = instance;
  const marked = readMark(displayName ?? '');
  const created = new Date(createdDate ?? '');
  return {
    ref: String(instanceId),
    key: marked.key,
    state: stateOf(instance),
    address: addressOf(ipConfig?.v4?.ip),
    region,
    createdAt: Number.isNaN(created.getTime()) ? null : created.toISOString(),
    name: marked.name || (name ?? null),
    size: productId ?? null,
  };
}

/** What isn't known is `busy`: wait, and decide nothing on it. That goes for the rescue system, too: it is not the customer's. */
function stateOf({ status }: Instance): ProviderInstance['state'] {
  switch (status) {
    case 'provisioning':
    case 'manual_provisioning':
    case 'installing':
    case 'pending_payment':
    case 'verification_required':
      return 'creating';
    case 'running':
    case 'stopped':
      return status;
    case 'error':
    case 'product_not_available':
      return 'failed';
    default:
      return 'busy';
  }
}

const AWAITED: Record<string, { reason: string; what: string; nextStep: string }> = {
  pending_payment: {
    reason: PAYMENT_NEEDED,
    what: 'its payment',
    nextStep: 'Settle the account at Contabo, then retry.',
  },
  verification_required: {
    reason: 'verification-needed',
    what: 'the account’s verification',
    nextStep: 'Verify the account as Contabo asks for in its e-mail or control panel, then retry.',
  },
};

/** @throws TenureFailure `needs-a-human` if Contabo waits for the account's owner, which no waiting here ends. */
export function refuseIfOwnerAwaited({ instanceId, status }: Instance): void {
  const awaited = Object.hasOwn(AWAITED, status) ? AWAITED[status] : undefined;
  if (!awaited) return;
  const { reason, what, nextStep } = awaited;
  throw new TenureFailure('needs-a-human', `Contabo holds instance ${instanceId} back until ${what}.`, {
    reason,
    nextStep,
    upstream: quote(status, []),
  });
}

/** An address is given and taken with its instance, so it is its own reference. */
export function toAddresses({ instanceId, ipConfig, additionalIps }: Instance): ProviderAddress[] {
  return [ipConfig?.v4, ipConfig?.v6, ...(additionalIps ?? []).map(({ v4 }) => v4)]
    .map((config) => addressOf(config?.ip))
    .filter((address) => address !== null)
    .map((address) => ({ ref: address, address, instanceRef: String(instanceId) }));
}

/** Contabo names a snapshot below its instance, so its reference has both; it tells neither a state nor a size. */
export function toSnapshot({ instanceId, snapshotId, description }: Snapshot): ProviderSnapshot {
  const { key } = readMark(description ?? '');
  return { ref: `${instanceId}:${snapshotId}`, key, state: 'complete', sizeBytes: null };
}

function addressOf(ip: string | null | undefined): string | null {
  return ip !== null && ip !== undefined && isIP(ip) !== 0 && !/^[0.:]+$/.test(ip) ? ip : null;
}
