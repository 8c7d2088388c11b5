/**
 * How Tenure's machines are told from others, and from later ones with the same id.
 *
 * Proxmox VE gives an id away again as soon as its machine is gone, and copies tags and description along with a machine. So the
 * key is written together with the id: in the description, by the clone call itself; and in a tag, by the first change after it,
 * because the cluster's list shows tags but no descriptions. A mark that names another id is a copy's, and counts for nothing.
 */
import { createHash } from 'node:crypto';
import { TenureFailure } from '../../../schemas/failures.ts';
import { quote } from '../../http/answers.ts';
import { HYPERVISOR_REASONS as REASONS } from '../port.ts';

/** What is found on a machine. */
export interface Mark {
  key: string;
  /** When its clone was ordered. */
  madeAt: Date;
}

/** On a machine whose making is not finished. */
export const MAKING_TAG = 'tenure-making';
const OURS_TAG = 'tenure';
const ADDRESS_TAG = 'tenure-at.';

/** The description of a clone: the mark, and the labels for people. */
export function describeClone(vmid: number, { key, madeAt }: Mark, labels: Record<string, string>): string {
  const lines = Object.entries(labels).map(([name, value]) => `${name}: ${value}`);
  return [`tenure:${encodeKey(key)}@${vmid} made ${madeAt.toISOString()}`, ...lines].join('\n');
}

/** The mark in a description, if it is this machine's own. */
export function markOfDescription(vmid: number, description: string): Mark | null {
  const [, key, owner, made] = /^tenure:(\S+)@(\d+) made (\S+)\s*$/m.exec(description) ?? [];
  const madeAt = new Date(made ?? '');
  if (key === undefined || owner !== String(vmid) || Number.isNaN(madeAt.getTime())) return null;
  return { key: decodeKey(key), madeAt };
}

/** A machine's tags while it is being made: its own, beside those that are not Tenure's. */
export function tagsOfMaking(vmid: number, { key, madeAt }: Mark, tags: string[]): string {
  const others = tags.filter((tag) => !/^tenure($|[.-])/.test(tag));
  const seconds = Math.floor(madeAt.getTime() / 1_000).toString(36);
  return [...others, OURS_TAG, `tenure.${vmid}.${seconds}.${encodeKey(key)}`, MAKING_TAG].join(';');
}

/** A machine's tags when it is made; with the address that was found, for when its guest does not tell. */
export function tagsOfMade(tags: string[], address: string): string {
  const kept = tags.filter((tag) => tag !== MAKING_TAG && !tag.startsWith(ADDRESS_TAG));
  return [...kept, `${ADDRESS_TAG}${address.replaceAll(':', '_')}`].join(';');
}

/** The address that was found when the machine was made. */
export function addressOfTags(tags: string[]): string | null {
  const tag = tags.find((each) => each.startsWith(ADDRESS_TAG));
  return tag?.slice(ADDRESS_TAG.length).replaceAll('_', ':') ?? null;
}

/** The mark among tags, if it is this machine's own. */
export function markOfTags(vmid: number, tags: string[]): Mark | null {
  for (const tag of tags) {
    const [, owner, seconds, key] = /^tenure\.(\d+)\.([0-9a-z]+)\.(.+)$/.exec(tag) ?? [];
    if (key === undefined || seconds === undefined || owner !== String(vmid)) continue;
    return { key: decodeKey(key), madeAt: new Date(Number.parseInt(seconds, 36) * 1_000) };
  }
  return null;
}

/** Proxmox VE separates tags by any of these. */
export function splitTags(tags: string | undefined): string[] {
  return (tags ?? '').split(/[;,\s]+/).filter(Boolean);
}

/** The reference of a machine: its id and, if it is one of ours, which of all that ever had this id. */
export function refOf(vmid: number, key: string | null): string {
  return key === null ? String(vmid) : `${vmid}-${digest(key)}`;
}

/** @throws TenureFailure `refused` (`bad-ref`): an empty one would turn a call about one thing into one about all. */
export function readRef(ref: string): { vmid: number; digest: string | null } {
  const [, vmid, found] = /^([1-9]\d{2,8})(?:-([0-9a-f]{12}))?$/.exec(ref) ?? [];
  if (vmid !== undefined) return { vmid: Number(vmid), digest: found ?? null };
  const message = `"${quote(ref, [])}" is not an id of Proxmox VE.`;
  throw new TenureFailure('refused', message, { reason: REASONS.badRef });
}

/**
 * The ids that a machine with this key is given first. A clone does not bear its key from the very start; as its id comes from the
 * key, it can be told whose clones it surely is not.
 */
export function idsOf(key: string, from: number, to: number): number[] {
  const hash = createHash('sha256').update(key).digest();
  const ids = Array.from(
    { length: 8 },
    (_, index) => from + (hash.readUInt32BE(index * 4) % (to - from + 1)),
  );
  return [...new Set(ids)];
}

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** Into what a tag may consist of: lower-case letters, digits and `_-`; every other byte as `+` and two hex digits. */
export function encodeKey(key: string): string {
  const bytes = [...Buffer.from(key, 'utf8')].map((byte) => {
    const letter = String.fromCharCode(byte);
    return /[a-z0-9_-]/.test(letter) ? letter : `+${byte.toString(16).padStart(2, '0')}`;
  });
  return bytes.join('');
}

export function decodeKey(encoded: string): string {
  const bytes = encoded.match(/\+[0-9a-f]{2}|./g) ?? [];
  return Buffer.from(
    bytes.map((part) => (part.length === 3 ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0))),
  ).toString('utf8');
}
