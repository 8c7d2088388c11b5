/** AES-256-GCM with a ring of keys: the first encrypts, all decrypt, so that keys can be rotated without a stop. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export interface EncryptionKey {
  id: string;
  /** 32 bytes. */
  key: Buffer;
}

const VERSION = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** A value that cannot be decrypted: unknown key id, wrong context, or tampered with. */
export class UndecryptableError extends Error {
  /** `unknown-key`: once its key is back in the ring it can be decrypted · `damaged`: never. */
  readonly reason: 'unknown-key' | 'damaged';

  constructor(reason: UndecryptableError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UndecryptableError';
    this.reason = reason;
  }
}

export interface SecretBox {
  /** Id of the key that encrypts now. */
  readonly currentKeyId: string;
  /** Encrypts bytes: iv, tag and ciphertext in one buffer; `context` must be given again to open it. */
  sealBytes(plain: Uint8Array, context: string): Buffer;
  /** @throws UndecryptableError */
  openBytes(sealed: Uint8Array, keyId: string, context: string): Buffer;
  /** Encrypts a text for a column: "v1.<key id>.<base64url>". */
  seal(plain: string, context: string): string;
  /** @throws UndecryptableError */
  open(sealed: string, context: string): string;
}

/** @throws Error if the ring is empty. */
export function createSecretBox(keys: EncryptionKey[]): SecretBox {
  const [current] = keys;
  if (!current) throw new Error('At least one encryption key is needed.');
  const ring = new Map(keys.map(({ id, key }) => [id, key]));

  const sealBytes = (plain: Uint8Array, context: string): Buffer => {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', current.key, iv).setAAD(Buffer.from(context));
    const body = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), body]);
  };

  const openBytes = (sealed: Uint8Array, keyId: string, context: string): Buffer => {
    const key = ring.get(keyId);
    if (!key) {
      const message = `No encryption key "${keyId}": add it back to ENCRYPTION_KEYS.`;
      throw new UndecryptableError('unknown-key', message);
    }
    const bytes = Buffer.from(sealed);
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES))
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    } catch (cause) {
      const message = `A value encrypted with key "${keyId}" cannot be decrypted.`;
      throw new UndecryptableError('damaged', message, { cause });
    }
  };

  return {
    currentKeyId: current.id,
    sealBytes,
    openBytes,
    seal: (plain, context) =>
      `${VERSION}.${current.id}.${sealBytes(Buffer.from(plain), context).toString('base64url')}`,
    open(sealed, context) {
      const [version, keyId, body] = sealed.split('.');
      if (version !== VERSION || !keyId || !body)
        throw new UndecryptableError('damaged', 'Not an encrypted value.');
      return openBytes(Buffer.from(body, 'base64url'), keyId, context).toString();
    },
  };
}
