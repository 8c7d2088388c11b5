import type { OrderView, TimelineEntry, TimelineKind } from '../../../schemas/api/shop.ts';
import { happened } from './standing.ts';

export type StepState = 'done' | 'current' | 'waiting' | 'failed';

/** One step of the way, with how many servers have taken it. */
export interface Step {
  key: 'ordered' | 'paid' | 'created' | 'tested' | 'handedOver' | 'ended' | 'kept' | 'snapshot' | 'deleted';
  state: StepState;
  /** When it was done, if the timeline says so; ISO 8601. */
  at: string | null;
  /** Servers that are through, where it goes server by server. */
  through: number | null;
}

/** The way from order to working server; `null` once that is over. */
export function setupSteps(order: OrderView): Step[] | null {
  if (order.stage !== 'awaiting-payment' && order.stage !== 'provisioning') return null;
  const attempt = latestAttempt(order.timeline);
  const paid = order.stage === 'provisioning';
  const created = serversThrough(attempt, 'instance-ready');
  const tested = serversThrough(attempt, 'credentials-verified');

  return markCurrent(
    [
      { key: 'ordered', done: true, at: order.createdAt, through: null },
      { key: 'paid', done: paid, at: timeOf(order.timeline, 'payment-received'), through: null },
      {
        key: 'created',
        done: created >= order.quantity,
        at: timeOf(attempt, 'instance-ready'),
        through: created,
      },
      {
        key: 'tested',
        done: tested >= order.quantity,
        at: timeOf(attempt, 'credentials-verified'),
        through: tested,
      },
      { key: 'handedOver', done: false, at: null, through: null },
    ],
    order.attention !== null,
  );
}

/** The way from the end of the service to deleted data; `null` before that, and for orders that never ran. */
export function teardownSteps(order: OrderView): Step[] | null {
  const ending = order.stage === 'cancelling' || order.stage === 'torn-down';
  const ran = happened(order, 'activated') || happened(order, 'imported');
  if (!ending || !ran) return null;
  const over = order.stage === 'torn-down';
  const inGrace = order.stage === 'cancelling' && order.dueAt !== null;
  const snapshot = timeOf(order.timeline, 'snapshot-taken');
  const awaited = order.keepsLastSnapshot && !over;
  const steps: Unmarked[] = [
    { key: 'ended', done: true, at: timeOf(order.timeline, 'service-ended'), through: null },
    { key: 'kept', done: !inGrace, at: null, through: null },
    { key: 'snapshot', done: snapshot !== null, at: snapshot, through: null },
    { key: 'deleted', done: over, at: timeOf(order.timeline, 'torn-down'), through: null },
  ];
  // Not every provider keeps one, and a server that was gone has none: it is promised no longer than it may still come.
  return markCurrent(
    steps.filter(({ key, done }) => done || awaited || key !== 'snapshot'),
    order.attention !== null,
  );
}

interface Unmarked extends Omit<Step, 'state'> {
  done: boolean;
}

/** The first step that is not done is the current one, or the one that failed. */
function markCurrent(steps: Unmarked[], failed: boolean): Step[] {
  const current = steps.findIndex((step) => !step.done);
  return steps.map(({ done, ...step }, index) => ({
    ...step,
    state: done ? 'done' : index !== current ? 'waiting' : failed ? 'failed' : 'current',
    at: done ? step.at : null,
  }));
}

/** Entries since provisioning last began: a retry starts the way again. */
function latestAttempt(timeline: TimelineEntry[]): TimelineEntry[] {
  return timeline.slice(
    Math.max(
      0,
      timeline.findLastIndex(({ kind }) => kind === 'provisioning-started'),
    ),
  );
}

function serversThrough(timeline: TimelineEntry[], kind: TimelineKind): number {
  return new Set(
    timeline.filter((entry) => entry.kind === kind).map(({ data, seq }) => data['ordinal'] ?? seq),
  ).size;
}

function timeOf(timeline: TimelineEntry[], kind: TimelineKind): string | null {
  return timeline.findLast((entry) => entry.kind === kind)?.at ?? null;
}
