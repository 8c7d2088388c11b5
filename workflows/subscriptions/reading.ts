/** Telling messages from garbage: what cannot be read or has the wrong shape must not stop a subscription's story. */
import { ApplicationFailure, log, metricMeter } from '@temporalio/workflow';
import {
  BILLING_STANDINGS,
  type BillingChanged,
  type InstanceDrifted,
  type SubscriptionInput,
} from '../../schemas/subscriptions/lifecycle.ts';
import type { OperationAsked } from '../../schemas/operations/operations.ts';
import { isUnreadable } from '../../schemas/unreadable.ts';

type Fields = Record<string, unknown>;

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function isInstant(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

export function isBillingChanged(message: unknown): message is BillingChanged {
  return (
    isRecord(message) &&
    Number.isSafeInteger(message.version) &&
    BILLING_STANDINGS.some((standing) => standing === message.standing) &&
    (message.periodEnd === null || isInstant(message.periodEnd))
  );
}

export function isInstanceDrifted(message: unknown): message is InstanceDrifted {
  return (
    isRecord(message) &&
    typeof message.instanceId === 'string' &&
    (message.finding === 'missing' || message.finding === 'power')
  );
}

export function isOperationAsked(message: unknown): message is OperationAsked {
  return (
    isRequest(message) &&
    isRecord(message) &&
    typeof message.operationId === 'string' &&
    typeof message.instanceId === 'string'
  );
}

/** Whether it says who asks; more than that the API has checked before it was sent. */
export function isRequest(message: unknown): boolean {
  return isRecord(message) && isRecord(message.by) && typeof message.by.id === 'string';
}

/** For operators: an alert goes with the metric. */
export function noteUnreadable(name: string, message: unknown): void {
  const cause = isUnreadable(message) ? message.message : 'It has not the shape of such a message.';
  log.error(`A message "${name}" could not be read.`, { cause });
  metricMeter.createCounter('tenure_unreadable_messages', 'messages').add(1, { name });
}

/**
 * @throws Error for a key that may be put back into the ring: the task is tried again until it is.
 * @throws ApplicationFailure for an argument that can never be read: the workflow fails, and a payment for it is given back.
 */
export function checkReadable(input: SubscriptionInput, saved: unknown): void {
  for (const argument of [input, saved]) {
    if (isUnreadable(argument) && (argument.unreadable === 'unknown-key' || argument === saved)) {
      throw new Error(argument.message);
    }
  }
  if (isRecord(input) && typeof input.subscriptionId === 'string' && isRecord(input.terms)) return;
  noteUnreadable('start', input);
  throw ApplicationFailure.nonRetryable('The order could not be read.', 'refused', {
    reason: 'unreadable-input',
    nextStep: 'Look why; a payment for it is given back.',
  });
}
