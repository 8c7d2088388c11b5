/** What Vultr's refusals mean. One and the same status can mean several things; only the text tells. */
import { z } from 'zod';
import { type FailureKind, TenureFailure } from '../../../schemas/failures.ts';
import { type Exchange, failureOfStatus, parseJson, quote } from '../../http/answers.ts';
import { NOT_FOUND, PAYMENT_NEEDED, UNEXPECTED_ANSWER } from '../../http/failures.ts';
import { HYPERVISOR_REASONS as REASONS } from '../port.ts';

const ApiError = z.object({ error: z.string() });

const LOCKED_STATUSES = [400, 409, 423, 500];
const REFUSAL_STATUSES = [400, 402, 403, 422];
const REFUSALS: { text: RegExp; kind: FailureKind; reason: string; nextStep?: string }[] = [
  {
    text: /\bmaximum\b.*\b(fee|number)\b|\b(?<!rate[- ])(limit|quota) (reached|exceeded)\b|account limits?\b/i,
    kind: 'needs-a-human',
    reason: REASONS.quotaFull,
    nextStep: 'Ask Vultr to raise the account’s limit, or delete what is not needed; then retry.',
  },
  {
    text: /not available in|unavailable in|sold out|out of stock|no capacity|insufficient (capacity|resources)/i,
    kind: 'refused',
    reason: REASONS.regionSoldOut,
    nextStep: 'Choose another region or plan, or refund.',
  },
  {
    text: /\b(payment|billing|balance|credit card)\b/i,
    kind: 'needs-a-human',
    reason: PAYMENT_NEEDED,
    nextStep: 'Settle the account at Vultr, then retry.',
  },
  // 400 in place of 404, now and then
  { text: /^invalid (instance|snapshot)([-_ ]id)?\.?$|not found/i, kind: 'refused', reason: NOT_FOUND },
];

/** The failure that an answer other than 2xx means. */
export function failureOf(exchange: Exchange, secrets: string[]): TenureFailure {
  const { status, body } = exchange.answer;
  const error = ApiError.safeParse(parseJson(body)).data?.error;
  const said = quote(error ?? '', secrets);
  const byStatus = failureOfStatus(exchange, said);
  const { message } = byStatus;
  if (status === 404 && error === undefined) {
    // Not in Vultr's words: something else answers there, and must not pass for "it is gone".
    const nextStep = 'Check VULTR_API_BASE.';
    return new TenureFailure('retryable', message, { reason: UNEXPECTED_ANSWER, nextStep, upstream: '404' });
  }
  if (
    LOCKED_STATUSES.includes(status) &&
    /\b(currently|server|instance|snapshot)\b.*\blocked\b/i.test(said)
  ) {
    // Also with 500 it means that nothing was done.
    return new TenureFailure('retryable', message, { reason: REASONS.locked, upstream: String(status) });
  }
  const refusal = REFUSAL_STATUSES.includes(status) && REFUSALS.find(({ text }) => text.test(said));
  if (!refusal) return byStatus;
  const { kind, reason, nextStep } = refusal;
  return new TenureFailure(kind, message, { reason, nextStep, upstream: String(status) });
}

/** A reference fit for a path: an empty one would turn a call about one thing into a call about all of them. */
export function checkRef(ref: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(ref)) return ref;
  throw badRef(ref);
}

/** `refused`: nothing at Vultr is called so, and nothing was sent. */
export function badRef(ref: string): TenureFailure {
  const message = `"${quote(ref, [])}" is not an id of Vultr.`;
  return new TenureFailure('refused', message, { reason: REASONS.badRef });
}

/** `refused`: it is not there, or not where it was said to be. */
export function notThere(what: string): TenureFailure {
  return new TenureFailure('refused', `There is no ${what} at Vultr.`, { reason: NOT_FOUND });
}

/** `refused`: Vultr has no such thing, said in a sentence for the portal. */
export function unsupported(message: string, nextStep: string): TenureFailure {
  return new TenureFailure('refused', message, { reason: REASONS.unsupported, nextStep });
}

/** `retryable`: Vultr is still busy with it; nothing was done yet. */
export function stillBusy(what: string): TenureFailure {
  return new TenureFailure('retryable', `Vultr is still busy with ${what}.`, { reason: REASONS.locked });
}
