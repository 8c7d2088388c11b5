/** The codec's session: an encrypted cookie that stands for an API key, so that the Temporal UI in a browser can ask for decoding. */
import type { SecretBox } from '../../schemas/crypto/secret-box.ts';

export const SESSION_COOKIE = 'tenure_codec';
export const SESSION_HOURS = 8;

const CONTEXT = 'codec-session';

interface Session {
  /** Public half of the API key; the key is looked up with each request, so revoking it ends the session. */
  prefix: string;
  expiresAtMs: number;
}

export interface OpenedSession {
  /** For Set-Cookie. */
  cookie: string;
  expiresAt: Date;
}

/** A session for the holder of a key. `secure` where the API is reached over TLS. */
export function openCodecSession(secretBox: SecretBox, prefix: string, secure: boolean): OpenedSession {
  const expiresAt = new Date(Date.now() + SESSION_HOURS * 3_600_000);
  const session: Session = { prefix, expiresAtMs: expiresAt.getTime() };
  const value = secretBox.seal(JSON.stringify(session), CONTEXT);
  const attributes = [
    `${SESSION_COOKIE}=${value}`,
    'Path=/v1/codec',
    `Max-Age=${SESSION_HOURS * 3_600}`,
    'HttpOnly',
    'SameSite=Strict',
    ...(secure ? ['Secure'] : []),
  ];
  return { cookie: attributes.join('; '), expiresAt };
}

/** The key's public half of a valid session, or `null`. */
export function readCodecSession(secretBox: SecretBox, cookieHeader: string | undefined): string | null {
  const pairs = (cookieHeader ?? '').split(';').map((pair) => pair.trim());
  const value = pairs.find((pair) => pair.startsWith(`${SESSION_COOKIE}=`))?.slice(SESSION_COOKIE.length + 1);
  if (value === undefined) return null;
  try {
    const { prefix, expiresAtMs } = JSON.parse(secretBox.open(value, CONTEXT)) as Session;
    return expiresAtMs > Date.now() ? prefix : null;
  } catch {
    return null;
  }
}
