/** The servers are halted and their data kept, until the payment arrives, staff lift it, or the time is over. */
import { CancellationScope } from '@temporalio/workflow';
import { DAY_MS, instantIn } from '../../durations.ts';
import { restartServers, stopServers } from '../servers.ts';
import type { Life } from '../state.ts';
import { attempt, awaitHelp, enterStage, record, restUntil, SYSTEM, tell } from '../steps.ts';
import { lookAtBilling } from './active.ts';

export async function staySuspended(life: Life): Promise<void> {
  const { state } = life;
  const { requests } = state;
  const mayEnd = (): boolean => requests.cancel !== null || requests.resume !== null || isPaidAgain(life);
  if (state.attention && !(await awaitHelp(life, mayEnd))) return;
  if (state.attention) state.attention = null;

  const lifted = requests.resume !== null || isPaidAgain(life);
  if (!state.settled && !lifted && !(await halt(life))) return;
  if (requests.suspend) await takeOver(life);
  if (requests.cancel) return cancelNow(life);
  if (requests.resume || isPaidAgain(life)) return resume(life);
  if (state.billing.standing === 'ended') return endAfterBilling(life);

  const { version } = state.billing;
  const woken = (): boolean => mayEnd() || requests.suspend !== null || state.billing.version !== version;
  await restUntil(life, woken, state.dueAt);
  if (woken() || state.dueAt === null || Date.now() < Date.parse(state.dueAt)) return;
  await lookAtBilling(life);
  if (isPaidAgain(life)) return;
  state.cancellation = { cause: 'overdue', by: SYSTEM };
  await enterStage(life, 'cancelling', { summary: 'Not paid for too long. The service is being ended.' });
}

/** A payment lifts only a suspension for want of payment. */
function isPaidAgain({ state }: Life): boolean {
  return state.suspendedBy === 'payment' && state.billing.standing === 'paid';
}

/** Halts the servers. A payment that lands meanwhile is seen right after: halting is finished first, then undone. */
async function halt(life: Life): Promise<boolean> {
  const { input, state } = life;
  const byPayment = state.suspendedBy === 'payment';
  const stopped = await CancellationScope.nonCancellable(() =>
    attempt(life, 'suspend-failed', () => stopServers(life)),
  );
  if (!stopped) return false;
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
  return true;
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
  state.requests.resume = null;
  if (!(await attempt(life, 'resume-failed', () => restartServers(life)))) return;
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

async function cancelNow(life: Life): Promise<void> {
  const { state } = life;
  const by = state.requests.cancel?.by ?? SYSTEM;
  state.requests.cancel = null;
  state.cancellation = { cause: 'request', by };
  await enterStage(life, 'cancelling', {
    summary: 'Cancelled. The service is being ended.',
    by,
    notes: [{ kind: 'cancel-requested', data: { when: 'now' } }],
  });
}

async function endAfterBilling(life: Life): Promise<void> {
  life.state.cancellation = { cause: 'billing-ended', by: SYSTEM };
  await enterStage(life, 'cancelling', { summary: 'Billing is over. The service is being ended.' });
}
