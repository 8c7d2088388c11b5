/** When a change of plan may be asked for, and taken back. Synchronous and pure, as update validators must be. */
import type { ChangePlanRequest, KeepPlanRequest } from '../../schemas/subscriptions/plan-change.ts';
import { HOUR_MS, msUntil } from '../durations.ts';
import { scheduledFor } from './plan-change-state.ts';
import { checkReadable, refuse } from './rules.ts';
import type { SubscriptionState } from './state.ts';
import { missingOf } from './upkeep-state.ts';

/** So long before the end of the period the price of the next one is settled. */
const SETTLED_MS = HOUR_MS;

/** Whether the plan fits is checked before it is asked, and again when it is begun: that needs the catalogue. */
export function checkChangePlan(state: SubscriptionState, request: ChangePlanRequest): void {
  checkReadable(request);
  const { planKey, planVersion } = request;
  if (typeof planKey !== 'string' || !Number.isSafeInteger(planVersion)) {
    refuse('unreadable', 'The request could not be read.', 'Send it again.');
  }
  const { stage, billing, cancelAtPeriodEnd, requests, unfinished, planChange } = state;
  if (stage !== 'active') {
    const message = `The plan of a subscription that is ${stage} cannot be changed.`;
    refuse('not-running', message, 'Wait until it is active.');
  }
  if (billing.standing !== 'paid') {
    refuse('payment-open', 'A payment is missing or under way.', 'Wait until it has arrived.');
  }
  if (cancelAtPeriodEnd || requests.cancel || unfinished.cancel) {
    refuse('ending', 'It is cancelled.', 'Take the cancellation back first.');
  }
  if (planChange || requests.changePlan) {
    refuse(
      'plan-change-under-way',
      'Another change of plan is under way or planned.',
      'Wait for it, or take the planned one back.',
    );
  }
  if (missingOf(state).length > 0) {
    refuse('server-missing', 'A server is gone at the provider.', 'Have it made anew first.');
  }
}

export function checkKeepPlan(state: SubscriptionState, request: KeepPlanRequest): void {
  checkReadable(request);
  const scheduledAt = scheduledFor(state);
  if (scheduledAt === null) {
    refuse('no-plan-change', 'No change of plan waits for the end of the period.', 'Look at its timeline.');
  }
  if (state.requests.keepPlan) {
    refuse('already-kept', 'The change is being taken back already.', 'Nothing is left to do.');
  }
  if (msUntil(scheduledAt) < SETTLED_MS) {
    refuse('too-late', 'The next period is about to begin.', 'Change the plan again when it has begun.');
  }
}
