/**
 * How each kind of work is retried and how long it may take. Drivers never repeat a mutating call by themselves: these
 * policies do, and every activity is idempotent by a business key minted here in workflow code.
 */
import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';
import { NON_RETRYABLE_FAILURE_KINDS } from '../schemas/failures.ts';
import { PRIORITIES, type PriorityName } from '../schemas/priorities.ts';
import { hypervisorQueue, MAIL_QUEUE, PAYMENTS_QUEUE } from '../schemas/queues.ts';

/** Facts in our own database: quick, beside the workflow, tried until the database is back. */
export const factOptions: LocalActivityOptions = {
  startToCloseTimeout: '10s',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '5s' },
  // Retries slower than this become timers in the history, so a long outage does not hold a workflow task.
  localRetryThreshold: '4s',
};

/** Where work stands in a provider's queue. */
export interface Turn {
  /** Tenants with work of one priority are served in turn, whoever has more of it. */
  tenantId: string;
  priority: PriorityName;
}

/**
 * One provider's work. `deadlineMs` is the business deadline: until then a passing fault is tried again.
 * The heartbeat tells a dead worker from a slow provider; activities beat from a timer, not between calls.
 */
export function hypervisorOptions(
  provider: string,
  deadlineMs: number,
  { tenantId, priority }: Turn,
): ActivityOptions {
  return {
    taskQueue: hypervisorQueue(provider),
    priority: { priorityKey: PRIORITIES[priority], fairnessKey: tenantId },
    scheduleToCloseTimeout: deadlineMs,
    startToCloseTimeout: deadlineMs,
    heartbeatTimeout: '4s',
    // A cancelled create must have ended, one way or the other, before it is compensated.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: {
      initialInterval: '500ms',
      backoffCoefficient: 2,
      maximumInterval: '30s',
      nonRetryableErrorTypes: NON_RETRYABLE_FAILURE_KINDS,
    },
  };
}

/** The comparison of a whole inventory: sets of thousands of rows. */
export const comparisonOptions: LocalActivityOptions = { ...factOptions, startToCloseTimeout: '30s' };

/** Money: tried for three days, so that an outage over a weekend ends in the right state by itself. */
export const moneyOptions: ActivityOptions = {
  taskQueue: PAYMENTS_QUEUE,
  scheduleToCloseTimeout: '3 days',
  startToCloseTimeout: '60s',
  heartbeatTimeout: '4s',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: {
    initialInterval: '1s',
    backoffCoefficient: 2,
    maximumInterval: '10m',
    nonRetryableErrorTypes: NON_RETRYABLE_FAILURE_KINDS,
  },
};

/** Mail: a mail server may be down for days without anything else waiting for it. */
export const mailOptions: ActivityOptions = {
  taskQueue: MAIL_QUEUE,
  scheduleToCloseTimeout: '4 days',
  startToCloseTimeout: '2m',
  heartbeatTimeout: '4s',
  retry: {
    initialInterval: '1s',
    backoffCoefficient: 2,
    maximumInterval: '15m',
    nonRetryableErrorTypes: NON_RETRYABLE_FAILURE_KINDS,
  },
};
