/** What a subscription's workflow remembers. Plain JSON: it goes through continue-as-new. */
import type { MailOutcome } from '../../activities/mail/activities.ts';
import type {
  Actor,
  Attention,
  BillingStanding,
  InstanceState,
  Stage,
  SubscriptionInput,
} from '../../schemas/subscriptions/lifecycle.ts';
import type { ChangePlanRequest, KeepPlanRequest } from '../../schemas/subscriptions/plan-change.ts';
import type { PendingOperation } from './operations-state.ts';
import type { PlanChange } from './plan-change-state.ts';

export interface InstanceRef {
  id: string;
  ordinal: number;
  state: InstanceState;
  /** Who makes and keeps it. Missing in states from before there was a choice: then it is the subscription's. */
  provider?: string;
  /** Other providers that could have taken it when it was placed. */
  others?: number;
  /** Its owner switched it off: nobody but them starts it again. */
  keptOff?: boolean;
  /** Deleted, with or without a last snapshot. Missing before that, and in states from before it was noted: then with. */
  snapshotKept?: boolean;
}

/** What somebody asked for and the story has not acted on yet. */
export interface Requests {
  suspend: { by: Actor; reason: string } | null;
  resume: { by: Actor } | null;
  cancel: { by: Actor; when: 'now' | 'period-end'; reason: string } | null;
  retry: { by: Actor } | null;
  refund: { by: Actor; reason: string } | null;
  rotateCredentials: { by: Actor } | null;
  /** Missing in states from before it could be asked for; so is the next. */
  changePlan?: ChangePlanRequest | null;
  /** To stay with the plan after all. */
  keepPlan?: KeepPlanRequest | null;
  /** To look how the payment stands, because a message about it could not be read. */
  look: { by: Actor } | null;
}

/** What can fail for good and be taken up again by a retry. */
export type Repeatable = 'resume' | 'cancel' | 'rotateCredentials' | 'look';

export interface SubscriptionState {
  stage: Stage;
  /** Whether the stage's opening steps are done (a continued run must not repeat them). */
  settled: boolean;
  attention: Attention | null;
  summary: string;
  dueAt: string | null;
  billing: { standing: BillingStanding; version: number; periodEnd: string | null };
  /** Counts the makings of the instances: grows with each retry after a compensation. */
  generation: number;
  instances: InstanceRef[];
  requests: Requests;
  /** What is being done or has failed: a retry asks for it again. */
  unfinished: Pick<Requests, Repeatable>;
  /** Why the making failed, while what was begun is being undone; `null` if nothing is. */
  undoing: string | null;
  /** Who asked for the money back, once that is decided. */
  refunding: Actor | null;
  suspendedBy: 'payment' | 'staff' | null;
  cancellation: { cause: 'request' | 'period-ended' | 'overdue' | 'billing-ended'; by: Actor } | null;
  cancelAtPeriodEnd: boolean;
  /** No way back: the data is being deleted. */
  deleting: boolean;
  /** The hand-over mail could not be delivered: a person is needed, and a retry sends it again. */
  undelivered: boolean;
  /** When to remind of unopened credentials, because the hand-over mail's fate is in doubt. */
  remindAt: string | null;
  /** Instances that the reconciler found gone, or with the wrong power; by id. Missing in states from before there was one. */
  drifted?: { missing: string[]; power: string[] };
  /** A change of plan that waits or is under way; missing in states from before there was any. */
  planChange?: PlanChange | null;
  /** It was taken over, and nobody has said so yet; missing in states that began here. */
  arriving?: boolean;
  /** What was asked of single servers and is not over; missing in states from before it could be. */
  operations?: PendingOperation[];
  /** Counts business steps, for their idempotency keys. */
  steps: number;
  /** Billing messages received over the whole life. */
  messagesSeen: number;
}

export function freshState({ checkoutExpiresAt }: SubscriptionInput): SubscriptionState {
  return {
    stage: 'awaiting-payment',
    settled: false,
    attention: null,
    // The checkout wrote the same with the order.
    summary: 'Waiting for the first payment.',
    dueAt: checkoutExpiresAt,
    billing: { standing: 'unpaid', version: 0, periodEnd: null },
    generation: 0,
    instances: [],
    requests: {
      suspend: null,
      resume: null,
      cancel: null,
      retry: null,
      refund: null,
      rotateCredentials: null,
      look: null,
    },
    unfinished: { resume: null, cancel: null, rotateCredentials: null, look: null },
    undoing: null,
    refunding: null,
    suspendedBy: null,
    cancellation: null,
    cancelAtPeriodEnd: false,
    deleting: false,
    undelivered: false,
    remindAt: null,
    steps: 0,
    messagesSeen: 0,
  };
}

/** What every stage works with. `mails` and `operations` are those under way, awaited before the run ends. */
export interface Life {
  readonly input: SubscriptionInput;
  readonly state: SubscriptionState;
  readonly mails: Set<Promise<MailOutcome>>;
  readonly operations: Set<Promise<void>>;
  /** Something is being done to all servers: no operation begins. */
  held: boolean;
}

/** Whose server it is. */
export function providerOf({ input }: Life, { provider }: InstanceRef): string {
  return provider ?? input.provider;
}
