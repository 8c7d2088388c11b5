/** How things are called and marked in the cluster. */
import { createHash } from 'node:crypto';
import { TenureFailure } from '../../../schemas/failures.ts';
import { quote } from '../../http/answers.ts';
import { HYPERVISOR_REASONS as REASONS } from '../port.ts';

export const LABELS = {
  managedBy: 'app.kubernetes.io/managed-by',
  /** A digest of the business key, to select by: a key itself need not be a valid value. */
  key: 'tenure/key',
  /** On a machine's pod, disks and policies: the machine's name. */
  instance: 'tenure/instance',
} as const;

export const ANNOTATIONS = {
  /** The business key in full; the label alone could be a coincidence. */
  key: 'tenure/key',
  /** The machine's name for people. */
  name: 'tenure/name',
  /** On a restore: the machine ran before and is to run afterwards. */
  startAfter: 'tenure/start-after',
} as const;

export const MANAGER = 'tenure';

/** The label value for a key; 160 bits of SHA-256 are unique. */
export function keyLabel(key: string): string {
  return digest(key, 40);
}

/**
 * The one name that a thing with this key can have: a second create meets the first. Readable, and below the 63
 * characters that a host name may have.
 */
export function nameOfKey(key: string): string {
  const readable = key
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 40);
  return `t-${readable}${readable === '' ? '' : '-'}${digest(key, 12)}`;
}

/** The Secret with a machine's first-boot data. */
export function userDataName(instance: string): string {
  return `${instance}-user-data`;
}

/**
 * A reference fit for a path: an empty one would turn a call about one thing into a call about all of them.
 *
 * @throws TenureFailure `refused` (`bad-ref`) for everything that is not a DNS name.
 */
export function checkRef(ref: string): string {
  if (/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(ref)) return ref;
  const message = `"${quote(ref, [])}" is not a name of KubeVirt.`;
  throw new TenureFailure('refused', message, { reason: REASONS.badRef });
}

/** What every object of ours bears. */
export function marks(key: string): { labels: Record<string, string>; annotations: Record<string, string> } {
  return {
    labels: { [LABELS.managedBy]: MANAGER, [LABELS.key]: keyLabel(key) },
    annotations: { [ANNOTATIONS.key]: key },
  };
}

function digest(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
