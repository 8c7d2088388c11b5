import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const dayMs = 24 * 60 * 60 * 1_000;

/**
 * Makes a self-signed X.509 certificate (RFC 5280) for a new P-256 key, as a Windows machine does for its remote
 * desktop listener.
 *
 * @param commonName subject and issuer, at most 64 characters.
 * @param validDays days from yesterday on.
 * @returns key (PKCS #8) and certificate, both PEM.
 */
export function selfSignedCertificate(commonName: string, validDays = 180): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const notBefore = Date.now() - dayMs;
  const signature = sequence(oid(ecdsaWithSha256));
  const name = sequence(set(sequence(oid(commonNameType), utf8String(commonName))));
  const body = sequence(
    explicit(0, integer(Buffer.of(2))), // version 3
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])), // a leading 1 keeps the serial positive
    signature,
    name,
    sequence(utcTime(notBefore), utcTime(notBefore + validDays * dayMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const certificate = sequence(body, signature, bitString(sign('sha256', body, privateKey)));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: pem('CERTIFICATE', certificate),
  };
}

// Encoded object identifiers: 1.2.840.10045.4.3.2 and 2.5.4.3.
const ecdsaWithSha256 = Buffer.from('2a8648ce3d040302', 'hex');
const commonNameType = Buffer.from('550403', 'hex');

/** One DER value (X.690): tag, length, content. */
function value(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.of(tag), lengthOf(body.length), body]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  return Buffer.of(0x80 | bytes.length, ...bytes);
}

const sequence = (...items: Buffer[]): Buffer => value(0x30, ...items);
const set = (...items: Buffer[]): Buffer => value(0x31, ...items);
const integer = (bytes: Buffer): Buffer => value(0x02, bytes);
const oid = (bytes: Buffer): Buffer => value(0x06, bytes);
const utf8String = (text: string): Buffer => value(0x0c, Buffer.from(text, 'utf8'));
const bitString = (bytes: Buffer): Buffer => value(0x03, Buffer.of(0), bytes);
const explicit = (number: number, item: Buffer): Buffer => value(0xa0 | number, item);

/** UTCTime `YYMMDDhhmmssZ`, good until 2049. */
function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return value(0x17, Buffer.from(digits.slice(2), 'ascii'));
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
