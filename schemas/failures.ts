/**
 * How things go wrong: one closed union of failure types, used by drivers, activities, workflows and the API alike.
 * Pure. The mapping to Temporal's ApplicationFailure is in `activities/failure-mapper.ts`, the only place that does it.
 */

export const FAILURE_KINDS = [
  /** A passing fault (timeout, 5xx, connection refused): try again with backoff. */
  'retryable',
  /** The other side asked us to slow down: try again after `retryAfterMs`. */
  'throttled',
  /** Only a person can mend it (bad key, quota, payment needed): stop and say so. */
  'needs-a-human',
  /** The request is not acceptable and never will be: stop. */
  'refused',
] as const;

export type FailureKind = (typeof FAILURE_KINDS)[number];

export interface FailureDetails {
  /** Machine-readable reason in kebab-case, e.g. `region-sold-out`, `quota-full`, `bad-credentials`. */
  reason: string;
  /** What the reader should do next, one sentence. */
  nextStep?: string;
  /** For `throttled`: how long to wait. */
  retryAfterMs?: number;
  /** The other side's status or code, without secrets. */
  upstream?: string;
}

/** A typed failure of the outside world or of a rule. `message` never contains secrets. */
export class TenureFailure extends Error {
  readonly kind: FailureKind;
  readonly details: FailureDetails;

  constructor(kind: FailureKind, message: string, details: FailureDetails, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TenureFailure';
    this.kind = kind;
    this.details = details;
  }
}

/** Failure types as Temporal sees them (`ApplicationFailure.type`). */
export const NON_RETRYABLE_FAILURE_KINDS: FailureKind[] = ['needs-a-human', 'refused'];

export function isFailureKind(value: unknown): value is FailureKind {
  return typeof value === 'string' && (FAILURE_KINDS as readonly string[]).includes(value);
}
