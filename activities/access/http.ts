/** One HTTP request, of which only the answer's status counts. */
import axios, { type AxiosError } from 'axios';
import { TenureFailure } from '../../schemas/failures.ts';
import { NOT_ANSWERING } from './failures.ts';

/** What is read of an answer. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * The status of the answer to a GET; redirections are not followed, certificates are verified.
 *
 * @param options.timeoutMs limit of the whole request
 * @throws TenureFailure `retryable` (`not-answering`) if there is none
 */
export async function askStatus(
  url: string,
  { authorization, timeoutMs }: { authorization?: string | undefined; timeoutMs: number },
): Promise<number> {
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
    throw notAsExpected(url, code === 'ERR_CANCELED' ? 'timeout' : (code ?? 'connection'));
  }
}

/** @param upstream a status or what came in place of an answer */
export function notAsExpected(url: string, upstream: string): TenureFailure {
  return new TenureFailure('retryable', `Nobody answers as expected at ${url} (${upstream}).`, {
    reason: NOT_ANSWERING,
    upstream,
  });
}

/** An address as it stands in a URL. */
export function urlHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
