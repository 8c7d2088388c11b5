import Stripe from 'stripe';
import { TenureFailure, type FailureKind } from '../../../schemas/failures.ts';

const DEFAULT_RETRY_AFTER_MS = 1_000;

/** Refusals that a person can mend at the provider. */
const TASKS: Record<string, string> = {
  balance_insufficient: 'Top up the balance at the payment provider, then retry.',
  charge_disputed: 'Answer the dispute at the payment provider; a disputed payment cannot be refunded.',
};

/** Runs calls to Stripe; whatever they throw comes out as a {@link TenureFailure} without secrets. */
export async function calling<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translate(error);
  }
}

/** What an error of the SDK means to us. Errors that are not the SDK's come back as they are. */
export function translate(error: unknown): unknown {
  if (!(error instanceof Stripe.errors.StripeError)) return error;
  const { errors } = Stripe;
  if (error instanceof errors.StripeConnectionError) {
    return failure(
      error,
      'retryable',
      'payment-provider-unreachable',
      'The payment provider did not answer.',
    );
  }
  if (error instanceof errors.StripeRateLimitError) {
    return failure(error, 'throttled', 'rate-limited', 'The payment provider asks us to slow down.', {
      retryAfterMs: retryAfterMs(error),
    });
  }
  if (error instanceof errors.StripeAuthenticationError || error instanceof errors.StripePermissionError) {
    return failure(
      error,
      'needs-a-human',
      'bad-credentials',
      'The payment provider does not accept our key.',
      {
        nextStep: 'Set STRIPE_SECRET_KEY to a key of this account that may do this, then retry.',
      },
    );
  }
  // A payment that the bank wants its customer to confirm is 402 as well, and no card error.
  if (error instanceof errors.StripeCardError || error.statusCode === 402) {
    return failure(error, 'needs-a-human', 'payment-declined', redact(error.message), {
      nextStep: 'The customer must pay in another way.',
    });
  }
  if (isPassing(error)) {
    return failure(
      error,
      'retryable',
      'payment-provider-busy',
      'The payment provider is busy with the same request.',
    );
  }
  if (error instanceof errors.StripeIdempotencyError) {
    return failure(
      error,
      'refused',
      'idempotency-conflict',
      'The same step was asked for before with other terms.',
    );
  }
  const task = TASKS[error.code ?? ''];
  if (task !== undefined) {
    return failure(error, 'needs-a-human', kebab(error.code), redact(error.message), { nextStep: task });
  }
  if (error instanceof errors.StripeInvalidRequestError) {
    const reason = error.code === 'resource_missing' ? 'not-found' : 'invalid-request';
    return failure(
      error,
      'refused',
      reason,
      `The payment provider refused the request: ${redact(error.message)}`,
    );
  }
  return failure(
    error,
    'retryable',
    'payment-provider-error',
    'The payment provider had an error of its own.',
  );
}

/** Whether Stripe says that the thing named does not exist (any more). */
export function isMissing(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_missing';
}

/** Another request holds the same idempotency key (409) or the same object (`lock_timeout`). */
function isPassing(error: Stripe.errors.StripeError): boolean {
  return error.statusCode === 409 || error.code === 'lock_timeout' || error.code === 'idempotency_key_in_use';
}

interface Extra {
  nextStep?: string;
  retryAfterMs?: number;
}

/** The SDK's error is not kept as the cause: it carries headers and whole answers, which do not belong in histories. */
function failure(
  error: Stripe.errors.StripeError,
  kind: FailureKind,
  reason: string,
  message: string,
  extra: Extra = {},
): TenureFailure {
  const parts = [error.statusCode, error.code, error.decline_code, error.requestId];
  return new TenureFailure(kind, message, { reason, upstream: parts.filter(Boolean).join(' '), ...extra });
}

function retryAfterMs(error: Stripe.errors.StripeError): number {
  const seconds = Number(error.headers?.['retry-after']);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : DEFAULT_RETRY_AFTER_MS;
}

function kebab(code: string | undefined): string {
  return (code ?? '').replaceAll('_', '-');
}

/** Stripe's messages may quote a key; ours must not. */
function redact(message: string): string {
  return message.replace(/\b(sk|rk|pk|whsec)_[\w*]+/g, '***');
}
