/** How the rest of the house speaks to workflows; the only place that starts or messages them. */
import type { ImportInput } from '../../schemas/imports/entry.ts';
import type { MailRequest } from '../../schemas/mail/request.ts';
import type { OperationAsked, OperationUpdate } from '../../schemas/operations/operations.ts';
import type {
  BillingChanged,
  CancelRequest,
  RefundRequest,
  ResumeRequest,
  RetryRequest,
  RotateCredentialsRequest,
  SubscriptionInput,
  SubscriptionStatus,
  SuspendRequest,
} from '../../schemas/subscriptions/lifecycle.ts';
import type { ChangePlanRequest, KeepPlanRequest } from '../../schemas/subscriptions/plan-change.ts';

/** Each update's name and what it takes. */
export interface SubscriptionUpdates extends Record<OperationUpdate, OperationAsked> {
  suspend: SuspendRequest;
  resume: ResumeRequest;
  cancel: CancelRequest;
  retry: RetryRequest;
  refund: RefundRequest;
  'rotate-credentials': RotateCredentialsRequest;
  'change-plan': ChangePlanRequest;
  'keep-plan': KeepPlanRequest;
}
export type SubscriptionUpdate = keyof SubscriptionUpdates;

/**
 * `done`: accepted and carried out as far as the update promises · `rejected`: not possible in this stage, with a sentence
 * saying why · `finished`: the workflow is over.
 */
export type UpdateOutcome =
  | { outcome: 'done'; status: SubscriptionStatus }
  | { outcome: 'rejected'; reason: string; message: string; nextStep: string }
  | { outcome: 'finished' };

export interface SubscriptionMessenger {
  /** Starts the workflow; no effect if it exists or existed. */
  start(input: SubscriptionInput): Promise<void>;
  /** Starts the workflow if needed and tells it how the payment stands. `false` if the workflow is over. */
  billingChanged(input: SubscriptionInput, change: BillingChanged): Promise<boolean>;
  /**
   * Asks for something and waits for the answer; the same `updateId` never acts twice.
   * @throws MessengerUnavailable if Temporal cannot be reached in time: the request stays in the outbox.
   */
  update<U extends SubscriptionUpdate>(
    subscriptionId: string,
    update: U,
    updateId: string,
    request: SubscriptionUpdates[U],
  ): Promise<UpdateOutcome>;
  /** Sends a mail beside any story; no effect if that was asked for before. */
  sendMail(request: MailRequest): Promise<void>;
  /** Starts an import; no effect if that was asked for before. */
  startImport(input: ImportInput): Promise<void>;
  /** Whether Temporal answers; for /readyz. */
  isReachable(): Promise<boolean>;
}

/** Temporal cannot be reached; what was asked for is kept and will be done. */
export class MessengerUnavailable extends Error {
  constructor(options?: ErrorOptions) {
    super('Temporal cannot be reached.', options);
    this.name = 'MessengerUnavailable';
  }
}
