/**
 * Links that carry their own proof. A token names tenant and row and is signed, so the right tenant can be set before the first query,
 * and the same token can be made again after a crash without having been stored.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export type TokenPurpose = 'order' | 'credentials' | 'first-boot';

const ID_BYTES = 16;
const MAC_BYTES = 24;

const idBytes = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');

function idText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function mac(secret: string, purpose: TokenPurpose, body: Buffer): Buffer {
  return createHmac('sha256', secret)
    .update(`tenure/${purpose}/`)
    .update(body)
    .digest()
    .subarray(0, MAC_BYTES);
}

/** A base64url token of 75 characters for one row of one tenant; ids are bare UUIDs. */
export function signToken(secret: string, purpose: TokenPurpose, tenantId: string, rowId: string): string {
  const body = Buffer.concat([idBytes(tenantId), idBytes(rowId)]);
  return Buffer.concat([body, mac(secret, purpose, body)]).toString('base64url');
}

/** What a token names, or `null` if it is not one of ours or for another purpose. */
export function readToken(
  secret: string,
  purpose: TokenPurpose,
  token: string,
): { tenantId: string; rowId: string } | null {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== 2 * ID_BYTES + MAC_BYTES) return null;
  const body = bytes.subarray(0, 2 * ID_BYTES);
  if (!timingSafeEqual(bytes.subarray(2 * ID_BYTES), mac(secret, purpose, body))) return null;
  return { tenantId: idText(body.subarray(0, ID_BYTES)), rowId: idText(body.subarray(ID_BYTES)) };
}
