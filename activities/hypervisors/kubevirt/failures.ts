/** What a Kubernetes API server's refusals mean: a `Status` object tells more than the code. */
import { z } from 'zod';
import { type FailureDetails, TenureFailure } from '../../../schemas/failures.ts';
import { type Exchange, failureOfStatus, parseJson, quote } from '../../http/answers.ts';
import { BAD_REQUEST, LIST_MOVED, NOT_FOUND, UNEXPECTED_ANSWER, answerLost } from '../../http/failures.ts';
import { HYPERVISOR_REASONS as REASONS } from '../port.ts';

/** `refused`: there is an object of that name already; the call had no effect. */
export const ALREADY_EXISTS = 'already-exists';
/** `retryable`: the object is not in the state that the call needs, or was changed meanwhile; the call had no effect. */
export const CONFLICT = 'conflict';

const Status = z.object({
  kind: z.literal('Status'),
  message: z.string().default(''),
  reason: z.string().default(''),
  details: z.object({ kind: z.string().optional(), retryAfterSeconds: z.number().optional() }).nullish(),
});

/** A machine's run state is locked while its disk is copied or put back; said with 409, 422 or 500 alike. */
const DISK_AT_WORK = /\buntil (snapshot|restore) .*\bcompletes\b|\b(snapshot|restore) is in progress\b/i;
/** Another restart has not even begun. */
const UNDERWAY = /stop\/start already underway/i;

/** @param secrets what must not be quoted. */
export function failureOf(exchange: Exchange, secrets: string[]): TenureFailure {
  const { status, body } = exchange.answer;
  const upstream = String(status);
  const said = Status.safeParse(parseJson(body)).data;
  // What is quoted may be cut off, and the cause often comes last.
  const text = said?.message ?? body;
  const byStatus = failureOfStatus(exchange, quote(text, secrets));
  const { message } = byStatus;
  const fail = (kind: TenureFailure['kind'], details: FailureDetails): TenureFailure =>
    new TenureFailure(kind, message, { upstream, ...details });

  if (said !== undefined && (DISK_AT_WORK.test(text) || UNDERWAY.test(text))) {
    return fail('retryable', { reason: REASONS.locked });
  }
  switch (status) {
    case 403:
      if (!/exceeded quota/i.test(text)) return byStatus;
      return fail('needs-a-human', {
        reason: REASONS.quotaFull,
        nextStep: 'Raise the namespace’s ResourceQuota, or delete what is not needed; then retry.',
      });
    case 404:
      if (said?.details?.kind === 'namespaces') {
        const nextStep = 'Create the namespace of KUBEVIRT_NAMESPACE, or name another.';
        return fail('needs-a-human', { reason: BAD_REQUEST, nextStep });
      }
      // Not about the object: another server answers there, or the cluster lacks these types altogether.
      if (said?.reason !== 'NotFound' || !/ not found$/.test(text)) {
        const nextStep = 'Check KUBEVIRT_API_BASE, and that KubeVirt is installed there.';
        return fail('retryable', { reason: UNEXPECTED_ANSWER, nextStep });
      }
      return fail('refused', { reason: NOT_FOUND });
    case 409:
      if (said?.reason === 'AlreadyExists') return fail('refused', { reason: ALREADY_EXISTS });
      return fail('retryable', { reason: CONFLICT });
    case 410:
      return fail('retryable', { reason: LIST_MOVED });
    case 429: {
      const seconds = said?.details?.retryAfterSeconds;
      if (seconds === undefined || exchange.answer.retryAfter !== undefined) return byStatus;
      return fail('throttled', { ...byStatus.details, retryAfterMs: seconds * 1_000 });
    }
    default:
      return byStatus;
  }
}

/** Whether a failure has this reason. */
export function isFailure(error: unknown, reason: string): error is TenureFailure {
  return error instanceof TenureFailure && error.details.reason === reason;
}

/** The cluster took a change, but did not carry it out while it was waited for. */
export function notYet(what: string): TenureFailure {
  return answerLost(`KubeVirt has not finished in time: ${what}.`, 'timeout');
}
