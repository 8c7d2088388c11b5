/**
 * The fewest history events that one subscription with one server can have, counted by hand. Each outside effect is an activity of its
 * own, because each is retried, found again and compensated by itself; each fact is a local activity, because it costs one event
 * instead of three and no round trip. Waiting costs a timer and nothing while it lasts.
 */

export interface Line {
  events: number;
  what: string;
  why: string;
}

const ACTIVITY = 3;
const WORKFLOW_TASK = 3;
/** An activity is scheduled, started and completed, and its completion has to be looked at. */
const STEP = ACTIVITY + WORKFLOW_TASK;

/** From the opened checkout to a server in the customer's hands, and both mails out. */
export const CHECKOUT_TO_ACTIVE: readonly Line[] = [
  { events: 1, what: 'execution started', why: 'the order has to expire by itself if it is never paid' },
  { events: WORKFLOW_TASK, what: 'workflow task', why: 'it begins to wait' },
  { events: 1, what: 'timer started', why: 'until the checkout has expired' },
  { events: 1, what: 'signal', why: 'the payment' },
  { events: WORKFLOW_TASK, what: 'workflow task', why: 'it acts on the payment' },
  { events: 1, what: 'timer cancelled', why: 'the checkout no longer expires' },
  {
    events: 1,
    what: 'marker',
    why: 'fact: paid, with the servers reserved under their keys, in one transaction',
  },
  { events: 1, what: 'search attributes', why: 'staff filter by stage: provisioning' },
  { events: 1, what: 'timer started', why: 'the customer is told when it takes long' },
  { events: STEP, what: 'activity create', why: 'effect at the provider' },
  {
    events: STEP,
    what: 'activity await ready',
    why: 'polls inside, with a deadline and heartbeats of its own',
  },
  {
    events: STEP,
    what: 'activity verify credentials',
    why: 'signs in; retried by another policy than the order',
  },
  { events: 1, what: 'timer cancelled', why: 'it did not take long' },
  { events: 1, what: 'marker', why: 'fact: handed over and active, in one transaction' },
  { events: 1, what: 'search attributes', why: 'staff filter by stage: active' },
  { events: STEP, what: 'activity mail "order received"', why: 'effect; beside the story' },
  { events: STEP, what: 'activity mail "server ready"', why: 'effect; beside the story' },
];

/** From the wish to end it at once to nothing left, and both mails out. */
export const ACTIVE_TO_TORN_DOWN: readonly Line[] = [
  { events: WORKFLOW_TASK, what: 'workflow task', why: 'it takes the update' },
  { events: 2, what: 'update accepted, completed', why: 'the wish, validated and answered' },
  { events: 1, what: 'marker', why: 'fact: cancelled, before anything is touched' },
  { events: 1, what: 'search attributes', why: 'stage: cancelling' },
  {
    events: STEP,
    what: 'activity end billing with the period',
    why: 'no charge may come, whatever happens next',
  },
  { events: STEP, what: 'activity stop', why: 'effect at the provider' },
  { events: 1, what: 'marker', why: 'fact: service ended, data kept until' },
  { events: 1, what: 'search attributes', why: 'when it falls due' },
  { events: STEP, what: 'activity mail "cancelled"', why: 'effect; beside the story' },
  { events: 1, what: 'timer started', why: 'the grace period' },
  { events: 1, what: 'timer fired', why: 'it is over' },
  { events: WORKFLOW_TASK, what: 'workflow task', why: 'it acts on that' },
  { events: 1, what: 'marker', why: 'fact: no way back from here, written before the first deletion' },
  { events: 1, what: 'search attributes', why: 'nothing falls due any more' },
  { events: STEP, what: 'activity last snapshot', why: 'effect at the provider' },
  { events: STEP, what: 'activity delete', why: 'effect at the provider, proven' },
  {
    events: 2,
    what: 'child initiated, started',
    why: 'keeps the snapshot for its time, outlives the subscription',
  },
  {
    events: WORKFLOW_TASK,
    what: 'workflow task',
    why: 'a child that has not started could be lost with its parent',
  },
  { events: STEP, what: 'activity end billing now', why: 'effect at the payment provider' },
  { events: 1, what: 'marker', why: 'fact: torn down' },
  { events: 1, what: 'search attributes', why: 'stage: torn down' },
  { events: STEP, what: 'activity mail "deleted"', why: 'effect; beside the story' },
  { events: 1, what: 'execution completed', why: 'the end' },
];

export function countOf(lines: readonly Line[]): number {
  return lines.reduce((sum, { events }) => sum + events, 0);
}
