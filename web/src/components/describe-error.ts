import type { TFunction } from 'i18next';
import { ApiProblem, Unreachable } from '../api/problem.ts';

/** Reasons of the API that the pages explain in their own words. */
const EXPLAINED = [
  'payment-provider-unavailable',
  'payment-details-refused',
  'plan-unavailable',
  'not-sold-so',
  'unknown-plan',
  'checkout-expired',
  'idempotency-key-in-use',
  'too-many-requests',
  'subscription-over',
] as const;

/** What went wrong and what to do now, in the reader's language. */
export function describeError(error: Error, t: TFunction): { title: string; text: string } {
  if (error instanceof Unreachable) return explain('unreachable');
  if (!(error instanceof ApiProblem)) return explain('unexpected');
  const { reason, status } = error.problem;
  const explained = EXPLAINED.find((each) => each === reason);
  if (explained) return explain(explained);
  if (status >= 500) return explain('unavailable');
  // Conflicts come from the order's state: the page shows it afresh, whatever the API calls the conflict.
  return explain(status === 409 ? 'action-not-possible' : 'unexpected');

  function explain(what: Explanation): { title: string; text: string } {
    return { title: t(`errors.${what}.title`), text: t(`errors.${what}.text`) };
  }
}

type Explanation =
  (typeof EXPLAINED)[number] | 'unreachable' | 'unexpected' | 'unavailable' | 'action-not-possible';
