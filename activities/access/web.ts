/** Entering an application on the web, the way its customer or a program of theirs would. */
import axios, { type AxiosError } from 'axios';
import { TenureFailure } from '../../schemas/failures.ts';
import type { WebAccess } from '../../schemas/catalog/plan.ts';
import { CREDENTIALS_REFUSED, NOT_ANSWERING, SESSION_UNUSABLE } from './failures.ts';

export interface WebTarget extends WebAccess {
  /** Its URL; of an IP address or a bare name, HTTPS is tried on `port`. */
  address: string;
  port: number;
  username: string;
  password: string;
  /** Limit of each of up to two requests, in ms. */
  timeoutMs: number;
}

/** What is read of an answer: only its status counts. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

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
      : notAnswering(url, String(answered));
  }
  if (signIn === 'none' || (await ask(url, target, 'none')) !== status) return;
  throw new TenureFailure('retryable', `${url} lets everybody in, with and without a password.`, {
    reason: SESSION_UNUSABLE,
    nextStep:
      'Name a path in the plan’s image.access.web that asks for the password, or set its signIn to none.',
    upstream: String(status),
  });
}

async function ask(url: string, target: WebTarget, signIn: WebAccess['signIn']): Promise<number> {
  const { username, password, timeoutMs } = target;
  const basic = Buffer.from(`${username}:${password}`, 'utf8').toString('base64');
  const authorization = { basic: `Basic ${basic}`, bearer: `Bearer ${password}`, none: undefined }[signIn];
  try {
    const { status } = await axios.get(url, {
      headers: {
        'User-Agent': 'tenure',
        ...(authorization !== undefined && { Authorization: authorization }),
      },
      // Following would hand the password to wherever the answer points.
      maxRedirects: 0,
      maxContentLength: MAX_ANSWER_BYTES,
      responseType: 'arraybuffer',
      validateStatus: () => true,
      signal: AbortSignal.timeout(timeoutMs),
    });
    return status;
  } catch (error) {
    // The original error carries the request with the password.
    const { code } = error as AxiosError;
    throw notAnswering(url, code === 'ERR_CANCELED' ? 'timeout' : (code ?? 'connection'));
  }
}

/** The plan's path below the address. */
function urlOf({ address, port, path }: WebTarget): string {
  const host = address.includes(':') ? `[${address}]` : address;
  const base = /^https?:\/\//.test(address) ? address : `https://${host}:${port}`;
  return `${base.replace(/\/$/, '')}${path}`;
}

function notAnswering(url: string, upstream: string): TenureFailure {
  return new TenureFailure('retryable', `Nobody answers as expected at ${url} (${upstream}).`, {
    reason: NOT_ANSWERING,
    upstream,
  });
}
