/** What Contabo's refusals mean. Its statuses are few (https://api.contabo.com/, "Responses"), so often only the text tells. */
import { z } from 'zod';
import { type FailureKind, TenureFailure } from '../../../schemas/failures.ts';
import { type Exchange, failureOfStatus, parseJson, quote } from '../../http/answers.ts';
import { NOT_FOUND, PAYMENT_NEEDED, UNEXPECTED_ANSWER } from '../../http/failures.ts';
import { HYPERVISOR_REASONS } from '../port.ts';

/** One sentence, or one for each wrong field. */
const ApiError = z.object({ message: z.union([z.string(), z.array(z.string())]) });

const REFUSAL_STATUSES = [400, 402, 403, 409, 422];
const REFUSALS: { text: RegExp; kind: FailureKind; reason: string; nextStep?: string }[] = [
  {
    text: /\b(?<!rate[- ])(limit|quota)s? (of .*)?(is |was |has been |would be )?(reached|exceeded)\b|\bmaximum (number|amount)\b/i,
    kind: 'needs-a-human',
    reason: HYPERVISOR_REASONS.quotaFull,
    nextStep: 'Ask Contabo to raise the limit, or remove what is not needed; then retry.',
  },
  {
    text: /\bnot available (in|for|at)\b|\bunavailable in\b|sold out|out of stock|no capacity/i,
    kind: 'refused',
    reason: HYPERVISOR_REASONS.regionSoldOut,
    nextStep: 'Choose another region or plan, or refund.',
  },
];

/** @param secrets what must not be repeated from an answer. */
export function failureOf(exchange: Exchange, secrets: string[]): TenureFailure {
  const { answer, call } = exchange;
  const { status } = answer;
  const error = ApiError.safeParse(parseJson(answer.body)).data;
  const said = quote([error?.message ?? ''].flat().join('; '), secrets);
  const byStatus = failureOfStatus(exchange, said);
  const { message } = byStatus;
  const upstream = String(status);
  if (byStatus.details.reason === NOT_FOUND && (error === undefined || /^Cannot [A-Z]+ \//.test(said))) {
    // Nobody looked for the thing: the path is not the API's, and this must not pass for "it is gone".
    const nextStep = 'Check CONTABO_API_BASE.';
    return new TenureFailure('retryable', message, { reason: UNEXPECTED_ANSWER, nextStep, upstream });
  }
  const refusal = REFUSAL_STATUSES.includes(status) && REFUSALS.find(({ text }) => text.test(said));
  if (refusal) {
    const { kind, reason, nextStep } = refusal;
    return new TenureFailure(kind, message, { reason, nextStep, upstream });
  }
  if (status === 402) {
    return new TenureFailure('needs-a-human', message, {
      reason: PAYMENT_NEEDED,
      nextStep: 'Book the paid service that Contabo names or settle the account there, then retry.',
      upstream,
    });
  }
  if (status === 409 && /^\/compute\/instances\/\d+/.test(call.path)) {
    // A conflict with what Contabo is doing to this instance; nothing was done.
    return new TenureFailure('retryable', message, { reason: HYPERVISOR_REASONS.locked, upstream });
  }
  return byStatus;
}
