/** API keys: "tnr_" + 8 (public, finds the row) + "_" + 43 (256 random bits), of which only a hash is kept. */
import { createHash, randomBytes, randomInt } from 'node:crypto';

const PREFIX_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const PREFIX_LENGTH = 8;
const SECRET_BYTES = 32;

/** Splits a key into what is stored; `null` if it is not an API key. A key has 256 random bits, so a plain hash is enough. */
export function readApiKey(key: string): { prefix: string; hash: string } | null {
  const prefix = /^tnr_([A-Za-z0-9]{8})_[A-Za-z0-9_-]{32,200}$/.exec(key)?.[1];
  return prefix === undefined ? null : { prefix, hash: createHash('sha256').update(key).digest('hex') };
}

/** As {@link readApiKey}. @throws Error if it is not an API key. */
export function apiKeyParts(key: string): { prefix: string; hash: string } {
  const parts = readApiKey(key);
  if (!parts) {
    throw new Error('An API key looks like "tnr_" + 8 letters or digits + "_" + at least 32 more.');
  }
  return parts;
}

/** A new random key. */
export function createApiKey(): string {
  const letters = Array.from(
    { length: PREFIX_LENGTH },
    () => PREFIX_LETTERS[randomInt(PREFIX_LETTERS.length)],
  );
  return `tnr_${letters.join('')}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
}
