/** The messages a subscription understands. Handlers only note what is asked; the story acts on it. */
import { defineQuery, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import type {
  BillingChanged,
  CancelRequest,
  RefundRequest,
  ResumeRequest,
  RetryRequest,
  RotateCredentialsRequest,
  SubscriptionStatus,
  SuspendRequest,
} from '../../schemas/subscriptions/lifecycle.ts';
import * as rules from './rules.ts';
import type { SubscriptionState } from './state.ts';

export const billingChanged = defineSignal<[BillingChanged]>('billing-changed');
export const suspend = defineUpdate<SubscriptionStatus, [SuspendRequest]>('suspend');
export const resume = defineUpdate<SubscriptionStatus, [ResumeRequest]>('resume');
export const cancel = defineUpdate<SubscriptionStatus, [CancelRequest]>('cancel');
export const retry = defineUpdate<SubscriptionStatus, [RetryRequest]>('retry');
export const refund = defineUpdate<SubscriptionStatus, [RefundRequest]>('refund');
export const rotateCredentials = defineUpdate<SubscriptionStatus, [RotateCredentialsRequest]>(
  'rotate-credentials',
);
export const status = defineQuery<SubscriptionStatus>('status');
/** How many billing messages arrived over the whole life; for tests and operators. */
export const messagesSeen = defineQuery<number>('messages-seen');

/** Installs all handlers; must run before the workflow's first await. */
export function receiveMessages(state: SubscriptionState): void {
  const { requests } = state;

  setHandler(billingChanged, (change) => {
    state.messagesSeen += 1;
    // Deliveries repeat and overtake each other: only a newer version of the fact counts.
    if (change.version <= state.billing.version) return;
    state.billing = { standing: change.standing, version: change.version, periodEnd: change.periodEnd };
  });

  setHandler(
    suspend,
    (request) => {
      requests.suspend = request;
      requests.resume = null;
      return statusOf(state);
    },
    { validator: (_: SuspendRequest) => rules.checkSuspend(state) },
  );
  setHandler(
    resume,
    (request) => {
      requests.resume = request;
      requests.suspend = null;
      return statusOf(state);
    },
    { validator: (_: ResumeRequest) => rules.checkResume(state) },
  );
  setHandler(
    cancel,
    (request) => {
      requests.cancel = request;
      return statusOf(state);
    },
    { validator: ({ when }: CancelRequest) => rules.checkCancel(state, when) },
  );
  setHandler(
    retry,
    (request) => {
      requests.retry = request;
      return statusOf(state);
    },
    { validator: (_: RetryRequest) => rules.checkRetry(state) },
  );
  setHandler(
    refund,
    (request) => {
      requests.refund = request;
      return statusOf(state);
    },
    { validator: (_: RefundRequest) => rules.checkRefund(state) },
  );
  setHandler(
    rotateCredentials,
    (request) => {
      requests.rotateCredentials = request;
      return statusOf(state);
    },
    { validator: (_: RotateCredentialsRequest) => rules.checkRotateCredentials(state) },
  );
  setHandler(status, () => statusOf(state));
  setHandler(messagesSeen, () => state.messagesSeen);
}

function statusOf(state: SubscriptionState): SubscriptionStatus {
  const { stage, attention, summary, dueAt, cancelAtPeriodEnd, instances } = state;
  return { stage, attention, summary, dueAt, cancelAtPeriodEnd, instances };
}
