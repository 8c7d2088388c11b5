/** Bridges between Temporal and the rest: the one failure mapper, the heartbeat, and waiting that can be cancelled. */
import { asyncLocalStorage, cancellationDetails, Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor, ActivityInterceptors } from '@temporalio/worker';
import { NON_RETRYABLE_FAILURE_KINDS, TenureFailure } from '../schemas/failures.ts';
import { USUAL_PRIORITY } from '../schemas/priorities.ts';

/** The priority of the activity that asks; the usual one outside activities. */
export function priorityOfActivity(): number {
  return asyncLocalStorage.getStore()?.info.priority?.priorityKey ?? USUAL_PRIORITY;
}

/** How often an activity says that it lives; well under the heartbeat time-outs of the workflows. */
const HEARTBEAT_MS = 1_000;

/** A TenureFailure as Temporal understands it; everything else is left as it is (and so retried). */
export function toApplicationFailure(error: unknown): unknown {
  if (!(error instanceof TenureFailure)) return error;
  const { kind, message, details } = error;
  return ApplicationFailure.create({
    type: kind,
    message,
    nonRetryable: NON_RETRYABLE_FAILURE_KINDS.includes(kind),
    details: [details],
    ...(details.retryAfterMs === undefined ? {} : { nextRetryDelay: details.retryAfterMs }),
  });
}

/** Maps failures at the activity boundary, and tells a worker's shutdown from a customer's cancellation. */
class FailureMapper implements ActivityInboundCallsInterceptor {
  execute: ActivityInboundCallsInterceptor['execute'] = async (input, next) => {
    try {
      return await next(input);
    } catch (error) {
      if (error instanceof CancelledFailure && cancellationDetails()?.workerShutdown) {
        throw ApplicationFailure.create({
          type: 'retryable',
          message: 'The worker was shut down; another one goes on.',
          nextRetryDelay: 1,
        });
      }
      throw toApplicationFailure(error);
    }
  };
}

export function mapFailures(): ActivityInterceptors {
  return { inbound: new FailureMapper() };
}

/** Runs `work` while beating from a timer, so that a slow provider does not look like a dead worker. */
export async function beating<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  // The first beat comes with the timer, too: most work is done before, and each beat is a call.
  const timer = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** Waits `ms`; ends at once with CancelledFailure when the activity is cancelled. */
export async function pause(ms: number): Promise<void> {
  await Context.current().sleep(ms);
}

/** Throws CancelledFailure if the activity was cancelled. To be called before starting something that costs. */
export function stopIfCancelled(): void {
  const { cancellationSignal } = Context.current();
  if (cancellationSignal.aborted) throw cancellationSignal.reason;
}
