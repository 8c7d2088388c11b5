/** The messages a subscription understands. Handlers only note what is asked; the story acts on it. */
import { defineQuery, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import type {
  BillingChanged,
  CancelRequest,
  InstanceDrifted,
  RefundRequest,
  ResumeRequest,
  RetryRequest,
  RotateCredentialsRequest,
  SubscriptionStatus,
  SuspendRequest,
} from '../../schemas/subscriptions/lifecycle.ts';
import {
  OPERATION_KINDS,
  OPERATIONS,
  type OperationAsked,
  type OperationKind,
} from '../../schemas/operations/operations.ts';
import type { ChangePlanRequest, KeepPlanRequest } from '../../schemas/subscriptions/plan-change.ts';
import { checkChangePlan, checkKeepPlan } from './plan-change-rules.ts';
import { checkOperation } from './operation-rules.ts';
import { noteOperation } from './operations-state.ts';
import { isBillingChanged, isInstanceDrifted, noteUnreadable } from './reading.ts';
import * as rules from './rules.ts';
import type { SubscriptionState } from './state.ts';
import { SYSTEM } from './steps.ts';
import { noteDrift } from './upkeep-state.ts';

export const billingChanged = defineSignal<[BillingChanged]>('billing-changed');
export const instanceDrifted = defineSignal<[InstanceDrifted]>('instance-drifted');
export const suspend = defineUpdate<SubscriptionStatus, [SuspendRequest]>('suspend');
export const resume = defineUpdate<SubscriptionStatus, [ResumeRequest]>('resume');
export const cancel = defineUpdate<SubscriptionStatus, [CancelRequest]>('cancel');
export const retry = defineUpdate<SubscriptionStatus, [RetryRequest]>('retry');
export const refund = defineUpdate<SubscriptionStatus, [RefundRequest]>('refund');
export const rotateCredentials = defineUpdate<SubscriptionStatus, [RotateCredentialsRequest]>(
  'rotate-credentials',
);
export const changePlan = defineUpdate<SubscriptionStatus, [ChangePlanRequest]>('change-plan');
export const keepPlan = defineUpdate<SubscriptionStatus, [KeepPlanRequest]>('keep-plan');
export const status = defineQuery<SubscriptionStatus>('status');
/** How many billing messages arrived over the whole life; for tests and operators. */
export const messagesSeen = defineQuery<number>('messages-seen');

/** Installs all handlers; must run before the workflow's first await. */
export function receiveMessages(state: SubscriptionState): void {
  const { requests } = state;

  setHandler(billingChanged, (change) => {
    state.messagesSeen += 1;
    if (!isBillingChanged(change)) {
      // Something about the payment it was: the payment provider knows.
      noteUnreadable('billing-changed', change);
      requests.look = { by: SYSTEM };
      return;
    }
    // Deliveries repeat and overtake each other: only a newer version of the fact counts.
    if (change.version <= state.billing.version) return;
    state.billing = { standing: change.standing, version: change.version, periodEnd: change.periodEnd };
  });

  setHandler(instanceDrifted, (drift) => {
    if (isInstanceDrifted(drift)) noteDrift(state, drift);
    else noteUnreadable('instance-drifted', drift);
  });

  setHandler(
    suspend,
    (request) => {
      requests.suspend = request;
      requests.resume = null;
      return statusOf(state);
    },
    { validator: (request: SuspendRequest) => rules.checkSuspend(state, request) },
  );
  setHandler(
    resume,
    (request) => {
      requests.resume = request;
      requests.suspend = null;
      if (requests.cancel?.when === 'period-end') requests.cancel = null;
      return statusOf(state);
    },
    { validator: (request: ResumeRequest) => rules.checkResume(state, request) },
  );
  setHandler(
    cancel,
    (request) => {
      requests.cancel = request;
      requests.resume = null;
      return statusOf(state);
    },
    { validator: (request: CancelRequest) => rules.checkCancel(state, request) },
  );
  setHandler(
    retry,
    (request) => {
      requests.retry = request;
      return statusOf(state);
    },
    { validator: (request: RetryRequest) => rules.checkRetry(state, request) },
  );
  setHandler(
    refund,
    (request) => {
      requests.refund = request;
      return statusOf(state);
    },
    { validator: (request: RefundRequest) => rules.checkRefund(state, request) },
  );
  setHandler(
    rotateCredentials,
    (request) => {
      requests.rotateCredentials = request;
      return statusOf(state);
    },
    { validator: (request: RotateCredentialsRequest) => rules.checkRotateCredentials(state, request) },
  );
  setHandler(
    changePlan,
    (request) => {
      requests.changePlan = request;
      return statusOf(state);
    },
    { validator: (request: ChangePlanRequest) => checkChangePlan(state, request) },
  );
  setHandler(
    keepPlan,
    (request) => {
      requests.keepPlan = request;
      return statusOf(state);
    },
    { validator: (request: KeepPlanRequest) => checkKeepPlan(state, request) },
  );
  for (const kind of OPERATION_KINDS) receiveOperations(state, kind);
  setHandler(status, () => statusOf(state));
  setHandler(messagesSeen, () => state.messagesSeen);
}

/** One update for each kind, so that the Temporal UI tells what was asked for. */
function receiveOperations(state: SubscriptionState, kind: OperationKind): void {
  const update = defineUpdate<SubscriptionStatus, [OperationAsked]>(OPERATIONS[kind].update);
  setHandler(
    update,
    (asked) => {
      noteOperation(state, kind, asked);
      return statusOf(state);
    },
    { validator: (asked: OperationAsked) => checkOperation(state, kind, asked) },
  );
}

function statusOf(state: SubscriptionState): SubscriptionStatus {
  const { stage, attention, summary, dueAt, cancelAtPeriodEnd, instances } = state;
  return { stage, attention, summary, dueAt, cancelAtPeriodEnd, instances };
}
