/** The servers are halted and their data kept, until the payment arrives, staff lift it, or the time is over. */
import { DAY_MS, instantIn } from '../../durations.ts';
import { lookAtBilling } from '../billing.ts';
import { dropQueued } from '../operations.ts';
import { restartServers, stopServers } from '../servers.ts';
import type { Life } from '../state.ts';
import { mendPower } from '../upkeep.ts';
import { wrongPowerOf } from '../upkeep-state.ts';
import { attempt, awaitHelp, enterStage, fulfil, record, restUntil, SYSTEM, tell } from '../steps.ts';
import { PROCESSING_LOOK_MS } from './past-due.ts';
import { cancelNow } from './requests.ts';

export async function staySuspended(life: Life): Promise<void> {
  const { state } = life;
  const { requests } = state;
  const isLifted = (): boolean => requests.resume !== null || isPaidAgain(life);
  const mayEnd = (): boolean => requests.cancel !== null || requests.suspend !== null || isLifted();
  if (state.attention && !(await awaitHelp(life, mayEnd))) return;

  if (requests.suspend) return takeOver(life);
  if (!state.settled && !isLifted()) return halt(life);
  if (requests.cancel) return cancelNow(life);
  if (isLifted()) return resume(life);
  if (state.billing.standing === 'ended') return endAfterBilling(life);

  const runsInVain = (): boolean => wrongPowerOf(state).length > 0;
  if (runsInVain()) return mendPower(life);

  const { version } = state.billing;
  const endsAt = endOfWait(life);
  const isOver = await restUntil(
    life,
    () => mayEnd() || runsInVain() || state.billing.version !== version,
    endsAt,
  );
  if (mayEnd() || !isOver) return;
  if (!(await lookAtBilling(life)) || mayEnd()) return;
  if (['processing', 'ended'].includes(state.billing.standing)) return;
  state.cancellation = { cause: 'overdue', by: SYSTEM };
  await enterStage(life, 'cancelling', { summary: 'Not paid for too long. The service is being ended.' });
}

/** A payment lifts only a suspension for want of payment; not again while a person is needed for the lifting. */
function isPaidAgain({ state }: Life): boolean {
  return state.suspendedBy === 'payment' && state.billing.standing === 'paid' && !state.unfinished.resume;
}

/** While a debit is under way nothing is ended; we look from time to time whether its event was lost. */
function endOfWait({ state: { dueAt, billing } }: Life): string | null {
  if (dueAt === null || billing.standing !== 'processing') return dueAt;
  const lookAt = instantIn(PROCESSING_LOOK_MS);
  return dueAt > lookAt ? dueAt : lookAt;
}

/** Halts the servers. A payment that lands meanwhile is seen right after: halting is finished first, then undone. */
async function halt(life: Life): Promise<void> {
  const { input, state } = life;
  const byPayment = state.suspendedBy === 'payment';
  await dropQueued(life);
  if (!(await attempt(life, 'suspend-failed', () => stopServers(life)))) return;
  state.settled = true;
  const deleteAt = byPayment ? instantIn(input.terms.overdue.cancelAfterDays * DAY_MS) : null;
  await record(life, {
    summary: byPayment
      ? 'Suspended for want of payment; the servers are halted and their data is kept.'
      : 'Suspended by staff; the servers are halted and their data is kept.',
    dueAt: deleteAt,
    notes: [{ kind: 'suspended', data: { reason: state.suspendedBy } }],
  });
  if (!isPaidAgain(life)) void tell(life, 'suspended', { reason: state.suspendedBy ?? 'staff', deleteAt });
}

/** Staff suspend what was suspended for want of payment: a payment alone no longer lifts it. */
async function takeOver(life: Life): Promise<void> {
  const { state } = life;
  const request = state.requests.suspend;
  state.requests.suspend = null;
  state.suspendedBy = 'staff';
  await record(life, {
    summary: `Suspended by staff: ${request?.reason ?? ''}`,
    dueAt: null,
    by: request?.by ?? SYSTEM,
  });
}

async function resume(life: Life): Promise<void> {
  const { state } = life;
  const by = state.requests.resume?.by ?? SYSTEM;
  state.requests.resume = { by };
  if (!(await fulfil(life, 'resume', 'resume-failed', () => restartServers(life)))) {
    // Some may run by now: if it is not to be resumed after all, they are halted again.
    state.settled = false;
    return;
  }
  state.suspendedBy = null;
  const overdue = state.billing.standing === 'past-due';
  await enterStage(life, overdue ? 'past-due' : 'active', {
    summary: overdue ? 'Resumed by staff; a payment is still missing.' : 'Running again.',
    dueAt: null,
    by,
    notes: [{ kind: 'resumed', data: {} }],
  });
  void tell(life, 'resumed');
}

async function endAfterBilling(life: Life): Promise<void> {
  life.state.cancellation = { cause: 'billing-ended', by: SYSTEM };
  await enterStage(life, 'cancelling', { summary: 'Billing is over. The service is being ended.' });
}
