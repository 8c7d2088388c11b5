/** Reading answers: JSON by its shape, and statuses that mean the same at every HTTP API (RFC 9110, section 15). */
import type { z } from 'zod';
import { TenureFailure } from '../../schemas/failures.ts';
import type { HttpAnswer, HttpCall } from './client.ts';
import {
  BAD_REQUEST,
  KEY_REFUSED,
  NOT_FOUND,
  PAYMENT_NEEDED,
  RATE_LIMITED,
  SERVER_ERROR,
  UNEXPECTED_ANSWER,
  answerLost,
} from './failures.ts';

/** A call and what was answered to it, for messages. */
export interface Exchange {
  api: string;
  call: HttpCall;
  answer: HttpAnswer;
}

/**
 * Reads a successful answer. Unknown fields are ignored, needed ones must be there.
 *
 * @throws TenureFailure `retryable`: `unexpected-answer`, or `answer-lost` when a mutating call was accepted with an
 * answer that cannot be read.
 */
export function readJson<T>(shape: z.ZodType<T>, { api, call, answer }: Exchange): T {
  const parsed = shape.safeParse(parseJson(answer.body));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const wrong = `${issue?.path.join('.') || 'the body'}: ${issue?.message ?? 'unreadable'}`;
  const message = `${api} answered ${call.method} ${call.path} in an unexpected way (${wrong}).`;
  if (call.method !== 'GET') throw answerLost(message, UNEXPECTED_ANSWER);
  throw new TenureFailure('retryable', message, {
    reason: UNEXPECTED_ANSWER,
    nextStep: `If it stays so, the API of ${api} has changed and its driver must follow.`,
    upstream: String(answer.status),
  });
}

/** The text as JSON, or `undefined` if it isn't. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * The failure that a status other than 2xx means.
 *
 * @param said what the API said, already {@link quote}d.
 */
export function failureOfStatus({ api, call, answer }: Exchange, said: string): TenureFailure {
  const { status } = answer;
  const upstream = String(status);
  const message = `${api} answered ${status} to ${call.method} ${call.path}: ${said || 'no reason given'}`;
  if (status === 429) {
    return new TenureFailure('throttled', message, {
      reason: RATE_LIMITED,
      retryAfterMs: retryAfterMs(answer.retryAfter),
      upstream,
    });
  }
  if (status >= 500 || status === 408) {
    // The effect may have happened before the server broke.
    if (call.method !== 'GET') return answerLost(message, upstream);
    return new TenureFailure('retryable', message, { reason: SERVER_ERROR, upstream });
  }
  if (status === 401 || status === 403) {
    return new TenureFailure('needs-a-human', message, {
      reason: KEY_REFUSED,
      nextStep: `Check the API key of ${api}, what it may do, and from which addresses.`,
      upstream,
    });
  }
  if (status === 402) {
    return new TenureFailure('needs-a-human', message, {
      reason: PAYMENT_NEEDED,
      nextStep: `Settle the account at ${api}, then retry.`,
      upstream,
    });
  }
  if (status < 400) {
    return new TenureFailure('retryable', message, { reason: UNEXPECTED_ANSWER, upstream });
  }
  const reason = status === 404 ? NOT_FOUND : BAD_REQUEST;
  return new TenureFailure('refused', message, { reason, upstream });
}

/** Makes a foreign text fit for a message: secrets out, one line, not long. */
export function quote(text: string, secrets: string[]): string {
  const masked = secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
  const line = masked.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

/** As asked for (whole seconds), else 1 s; spread by up to a second more so that callers do not return all at once. */
function retryAfterMs(header: string | undefined): number {
  const asked = header !== undefined && /^\d{1,4}$/.test(header) ? Number(header) * 1_000 : 1_000;
  return asked + Math.floor(Math.random() * 1_000);
}
