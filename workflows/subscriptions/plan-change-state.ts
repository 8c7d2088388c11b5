/** What a workflow remembers of a change of plan. Plain JSON and pure. */
import type { BegunChange } from '../../activities/subscriptions/plan-change.ts';
import type { Actor } from '../../schemas/subscriptions/lifecycle.ts';
import type { SubscriptionState } from './state.ts';

/** A step whose way back is known; they are undone in reverse. */
export type UndoableStep = 'price' | 'size';

export interface PlanChange extends BegunChange {
  /** Business key of the change. */
  key: string;
  by: Actor;
  /**
   * `doing` · `scheduled` for the end of the period, the price of the next one is agreed · `due` that end has come · `undoing` ·
   * `settling` all is as before, but for a debit that is under way and has to go back.
   */
  phase: 'doing' | 'scheduled' | 'due' | 'undoing' | 'settling';
  /** Steps begun, and so to be undone if it comes to nothing. Noted before each. */
  begun: UndoableStep[];
  chargedMinor: number;
  /** Why it comes to nothing. */
  cause: 'failed' | 'declined' | 'withdrawn' | null;
  /** Given back so far, minor units. */
  refundedMinor: number;
  /** A person is needed for the way back; a retry goes on with it. */
  stuck: boolean;
}

type Planned = Pick<SubscriptionState, 'planChange' | 'billing' | 'stage'>;

/** There is something to do about a change that was begun before. */
export function isPlanWorkDue({ planChange: change, billing, stage }: Planned): boolean {
  if (!change) return false;
  switch (change.phase) {
    case 'due':
      // Who owes a payment gets neither more nor less meanwhile.
      return stage === 'active' && billing.standing === 'paid';
    case 'undoing':
      return !change.stuck;
    case 'settling':
      return !change.stuck && billing.standing !== 'processing';
    case 'doing':
    case 'scheduled':
      return false;
  }
}

/** When a scheduled change takes effect, ISO 8601; `null` if none is scheduled. */
export function scheduledFor({ planChange }: Pick<SubscriptionState, 'planChange'>): string | null {
  return planChange?.phase === 'scheduled' ? planChange.effectiveAt : null;
}
