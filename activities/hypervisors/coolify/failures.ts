/** What Coolify's refusals mean. Its statuses are few; only the text tells some apart. */
import { type FailureKind, TenureFailure } from '../../../schemas/failures.ts';
import { type Exchange, failureOfStatus, parseJson, quote } from '../../http/answers.ts';
import { KEY_REFUSED, NOT_FOUND, UNEXPECTED_ANSWER } from '../../http/failures.ts';
import { HYPERVISOR_REASONS as REASONS } from '../port.ts';
import { ApiError } from './wire.ts';

const REFUSALS: {
  statuses: number[];
  text: RegExp;
  kind: FailureKind;
  reason: string;
  nextStep?: string;
}[] = [
  {
    // A token of another team, or of a user who left it, is answered so.
    statuses: [400],
    text: /^invalid token/i,
    kind: 'needs-a-human',
    reason: KEY_REFUSED,
    nextStep: 'Make a new token in the team that owns the project, and set COOLIFY_TOKEN.',
  },
  {
    statuses: [404],
    text: /^(project|environment) not found/i,
    kind: 'needs-a-human',
    reason: 'wrong-project',
    nextStep: 'Check COOLIFY_PROJECT_UUID and COOLIFY_ENVIRONMENT.',
  },
  {
    statuses: [400, 422],
    text: /build server and cannot host|has no destinations/i,
    kind: 'refused',
    reason: REASONS.regionSoldOut,
    nextStep: 'Choose another region, or give the server a destination in Coolify.',
  },
  {
    statuses: [400],
    text: /multiple destinations/i,
    kind: 'refused',
    reason: REASONS.badPlan,
    nextStep: 'Name one of the server’s destinations in the plan’s providers.coolify.regions.',
  },
  {
    statuses: [404],
    text: /^(resource|service|application|deployment|server)s?( \(.*\))? not found|^no resources found/i,
    kind: 'refused',
    reason: NOT_FOUND,
  },
];

/** @param secrets what must not show in a message. */
export function failureOf(exchange: Exchange, secrets: string[]): TenureFailure {
  const { status, body } = exchange.answer;
  const error = ApiError.safeParse(parseJson(body)).data;
  const details = Object.entries(error?.errors ?? {}).map(
    ([field, said]) => `${field}: ${[said].flat().join(' ')}`,
  );
  const said = quote([error?.message ?? '', ...details].join(' '), secrets);
  const byStatus = failureOfStatus(exchange, said);
  const { message } = byStatus;
  const refusal = REFUSALS.find(({ statuses, text }) => statuses.includes(status) && text.test(said));
  if (refusal) {
    const { kind, reason, nextStep } = refusal;
    return new TenureFailure(kind, message, { reason, nextStep, upstream: String(status) });
  }
  if (status === 404 || status === 405) {
    // Not about one of its things: the address is wrong, or something else answers there. That must not pass for "it is gone".
    const nextStep = 'Check COOLIFY_API_BASE: it ends in /api/v1.';
    return new TenureFailure('retryable', message, {
      reason: UNEXPECTED_ANSWER,
      nextStep,
      upstream: String(status),
    });
  }
  return byStatus;
}

/** Takes a refusal that only says that it is so already for a success. */
export async function unlessSoAlready(change: () => Promise<unknown>): Promise<void> {
  try {
    await change();
  } catch (error) {
    if (!isSoAlready(error)) throw error;
  }
}

function isSoAlready(error: unknown): boolean {
  return (
    error instanceof TenureFailure &&
    error.details.upstream === '400' &&
    /service is already (running|stopped)|deployment cannot be cancelled/i.test(error.message)
  );
}
