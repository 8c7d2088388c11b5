/** Which SMTP server to use and how: read from one URL. */
import { TenureFailure } from '../../../schemas/failures.ts';

export interface SmtpServerAddress {
  host: string;
  port: number;
  /** TLS from the first byte (smtps://). */
  secure: boolean;
  /** Refuse to go on without STARTTLS. Without it, STARTTLS is used when the server offers it. */
  requireTls: boolean;
  login: { user: string; password: string } | null;
}

const DEFAULT_PORTS: Record<string, number> = { 'smtp:': 587, 'smtps:': 465 };
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/**
 * Reads `smtp://user:password@host:port` or `smtps://…`; user and password are percent-encoded where needed.
 * `?tls=required` or `?tls=when-offered` decides about STARTTLS; unsaid, it is required wherever a password would
 * otherwise leave the machine in the clear.
 * @throws TenureFailure `needs-a-human`, reason `bad-smtp-url`; it never repeats the URL, which may hold a password.
 */
export function parseSmtpUrl(smtpUrl: string): SmtpServerAddress {
  if (!URL.canParse(smtpUrl)) throw badUrl('SMTP_URL is not a URL.');
  const url = new URL(smtpUrl);
  const defaultPort = DEFAULT_PORTS[url.protocol];
  if (defaultPort === undefined) throw badUrl('SMTP_URL starts with neither smtp:// nor smtps://.');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (host === '') throw badUrl('SMTP_URL names no host.');
  const login = url.username === '' ? null : { user: decode(url.username), password: decode(url.password) };
  const tls = url.searchParams.get('tls');
  if (tls !== null && tls !== 'required' && tls !== 'when-offered') {
    throw badUrl('SMTP_URL has a "tls" setting that is neither "required" nor "when-offered".');
  }
  return {
    host,
    port: url.port === '' ? defaultPort : Number(url.port),
    secure: url.protocol === 'smtps:',
    requireTls: tls === null ? login !== null && !LOOPBACK.test(host) : tls === 'required',
    login,
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badUrl('SMTP_URL has a user or password with a stray "%".');
  }
}

function badUrl(message: string): TenureFailure {
  return new TenureFailure('needs-a-human', message, {
    reason: 'bad-smtp-url',
    nextStep:
      'Set SMTP_URL to smtp://user:password@host:port or smtps://…, with special characters percent-encoded.',
  });
}
