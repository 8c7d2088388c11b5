/** Entering an application on the web, the way its customer or a program of theirs would. */
import { TenureFailure } from '../../schemas/failures.ts';
import type { WebAccess } from '../../schemas/catalog/access.ts';
import { CREDENTIALS_REFUSED, SESSION_UNUSABLE } from './failures.ts';
import { askStatus, notAsExpected, urlHost } from './http.ts';

export interface WebTarget extends WebAccess {
  /** Its URL; of an IP address or a bare name, HTTPS is tried on `port`. */
  address: string;
  port: number;
  username: string;
  password: string;
  /** Limit of each of up to two requests, in ms. */
  timeoutMs: number;
}

/**
 * Asks with the credentials and expects the plan's status; without them the same must not be had. Certificates are verified.
 *
 * @throws TenureFailure `retryable`: `not-answering`, also with another status; `credentials-refused`; `session-unusable` if it
 * lets everybody in.
 */
export async function tryWeb(target: WebTarget): Promise<void> {
  const { status, signIn } = target;
  const url = urlOf(target);
  const answered = await ask(url, target, signIn);
  if (answered !== status) {
    throw answered === 401 || answered === 403
      ? new TenureFailure('retryable', `${url} refuses the password of ${target.username}.`, {
          reason: CREDENTIALS_REFUSED,
          upstream: String(answered),
        })
      : notAsExpected(url, String(answered));
  }
  if (signIn === 'none' || (await ask(url, target, 'none')) !== status) return;
  throw new TenureFailure('retryable', `${url} lets everybody in, with and without a password.`, {
    reason: SESSION_UNUSABLE,
    nextStep:
      'Name a path in the plan’s image.access.web that asks for the password, or set its signIn to none.',
    upstream: String(status),
  });
}

function ask(url: string, target: WebTarget, signIn: WebAccess['signIn']): Promise<number> {
  const { username, password, timeoutMs } = target;
  const basic = Buffer.from(`${username}:${password}`, 'utf8').toString('base64');
  const authorization = { basic: `Basic ${basic}`, bearer: `Bearer ${password}`, none: undefined }[signIn];
  return askStatus(url, { authorization, timeoutMs });
}

/** The plan's path below the address. */
function urlOf({ address, port, path }: WebTarget): string {
  const base = /^https?:\/\//.test(address) ? address : `https://${urlHost(address)}:${port}`;
  return `${base.replace(/\/$/, '')}${path}`;
}
