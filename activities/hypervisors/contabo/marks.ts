/**
 * Where a business key stands at Contabo. An instance bears it at the end of its display name, the only free text that the create
 * call takes; a snapshot in its description. And the request id of the call that made it follows from the key, so that the API's
 * audit trail leads from the key to the resource even after a person has renamed it.
 */
import { createHash } from 'node:crypto';

const KEY_MARK = 'tenure:';
const MAX_DISPLAY_NAME = 255;

/** What a display name or description says. */
export interface Marked {
  /** What stands before the key, for people. */
  name: string;
  key: string | null;
}

/**
 * A display name for people that ends in the key; the name is cut where both are too long, the key never. What looks like a mark in
 * the name is made harmless: people choose names.
 */
export function markedName({ name, key }: Marked): string {
  const mark = key === null ? '' : `${KEY_MARK}${key}`;
  const cut = name
    .replaceAll(KEY_MARK, 'tenure ')
    .slice(0, MAX_DISPLAY_NAME - mark.length - 1)
    .trim();
  return [cut, mark].filter(Boolean).join(' ');
}

/** Takes a display name or description apart. Only its end counts: the rest is chosen by people. */
export function readMark(text: string): Marked {
  const [all, key] = /(?:^| )tenure:(\S+)$/.exec(text) ?? [];
  if (all === undefined || key === undefined) return { name: text, key: null };
  return { name: text.slice(0, -all.length), key };
}

/** A snapshot's name may have 30 letters, digits, spaces and dashes: too few for a key, so it gets a digest of it. */
export function snapshotName(key: string): string {
  return `Tenure ${sha256(key).slice(0, 20)}`;
}

export function snapshotDescription(key: string): string {
  return `${KEY_MARK}${key}`;
}

/** The request id (a version 4 UUID in form) of the call that makes the resource with this key. */
export function requestIdOf(kind: 'instance' | 'snapshot', key: string): string {
  const digest = sha256(`${kind} ${key}`);
  const variant = '89ab'.charAt(Number.parseInt(digest.charAt(16), 16) % 4);
  const groups = [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `4${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
  ];
  return [...groups, digest.slice(20, 32)].join('-');
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
