/** What can be asked for while the servers run, whether the payments are on time or overdue. */
import { facts, hypervisor, payments } from '../../activities.ts';
import { HOUR_MS, instantIn, MINUTE_MS } from '../../durations.ts';
import { noteBilling } from '../billing.ts';
import { withEachServer } from '../servers.ts';
import { changePlan, dropPlanChange, goOnWithPlan, keepPlan } from '../plan-change.ts';
import { isPlanWorkDue } from '../plan-change-state.ts';
import { type Life, providerOf } from '../state.ts';
import { keepUp, needsUpkeep, rebuildMissing } from '../upkeep.ts';
import { clearAttention, enterStage, fulfil, isRefused, nextKey, record, SYSTEM, tell } from '../steps.ts';

/** After this, unopened credentials are brought to mind, if the hand-over mail's fate is in doubt. */
const REMINDER_MS = 15 * MINUTE_MS;

export function isAskedFor(life: Life): boolean {
  const { state } = life;
  return (
    needsUpkeep(life) ||
    isPlanWorkDue(state) ||
    Object.values(state.requests).some((request) => request !== null)
  );
}

/** Does the most pressing of what was asked for. `false`: the stage changed, or a person is needed. */
export async function actOnRequests(life: Life): Promise<boolean> {
  const { state } = life;
  const { requests } = state;
  if (requests.retry) await tryAgain(life);
  if (requests.cancel) await dropPlanChange(life);
  // Somebody who owes a payment has no paid period to wait for: a cancellation takes effect now.
  if (requests.cancel?.when === 'now' || (requests.cancel && state.stage === 'past-due')) {
    await cancelNow(life);
    return false;
  }
  if (requests.suspend) {
    const { by, reason } = requests.suspend;
    requests.suspend = null;
    state.suspendedBy = 'staff';
    await enterStage(life, 'suspended', { summary: `Being suspended by staff: ${reason}`, dueAt: null, by });
    return false;
  }
  if (requests.cancel) return endWithPeriod(life);
  if (requests.resume) return keepRunning(life);
  if (requests.rotateCredentials) return rotateCredentials(life);
  if (requests.keepPlan) return keepPlan(life);
  if (requests.changePlan) return changePlan(life);
  if (isPlanWorkDue(state)) return goOnWithPlan(life);
  if (needsUpkeep(life)) return keepUp(life);
  return true;
}

async function tryAgain(life: Life): Promise<void> {
  const { state } = life;
  const isAboutMissing = state.attention?.reason === 'instance-missing';
  await clearAttention(life, state.requests.retry?.by ?? SYSTEM);
  if (state.planChange) state.planChange.stuck = false;
  if (isAboutMissing && !(await rebuildMissing(life))) return;
  if (!state.undelivered) return;
  state.undelivered = false;
  void tellHandOver(life);
}

/** The one mail that must not be missed: in doubt it is followed up, undeliverable it needs a person. */
export async function tellHandOver(life: Life): Promise<void> {
  const outcome = await tell(life, 'server-ready');
  if (outcome === 'in-doubt') life.state.remindAt = instantIn(REMINDER_MS);
  if (outcome === 'undeliverable') life.state.undelivered = true;
}

export async function cancelNow(life: Life): Promise<void> {
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

async function endWithPeriod(life: Life): Promise<boolean> {
  const { input, state } = life;
  const { tenantId, subscriptionId } = input;
  const by = state.requests.cancel?.by ?? SYSTEM;
  const ended = await fulfil(life, 'cancel', 'billing-failed', async () =>
    noteBilling(state, await payments.endAtPeriodEnd({ tenantId, subscriptionId })),
  );
  if (!ended) return false;
  state.cancelAtPeriodEnd = true;
  await record(life, {
    summary: 'Running until the end of the paid period.',
    dueAt: state.billing.periodEnd,
    by,
    notes: [{ kind: 'cancel-requested', data: { when: 'period-end' } }],
  });
  return true;
}

/** The cancellation at the period's end is taken back. */
async function keepRunning(life: Life): Promise<boolean> {
  const { input, state } = life;
  const { tenantId, subscriptionId } = input;
  const by = state.requests.resume?.by ?? SYSTEM;
  if (!state.cancelAtPeriodEnd) {
    state.requests.resume = null;
    return true;
  }
  const key = nextKey(life, 'resume-billing');
  const kept = await fulfil(life, 'resume', 'billing-failed', async () =>
    noteBilling(state, await payments.resumeBilling({ tenantId, subscriptionId, key })),
  );
  if (!kept) return false;
  state.cancelAtPeriodEnd = false;
  // A suspension that is due for want of payment stays due.
  const running = state.stage === 'active' ? { summary: 'Running.', dueAt: null } : {};
  await record(life, { ...running, by, notes: [{ kind: 'resumed', data: {} }] });
  return true;
}

async function rotateCredentials(life: Life): Promise<boolean> {
  const { input, state } = life;
  const { tenantId, subscriptionId } = input;
  const by = state.requests.rotateCredentials?.by ?? SYSTEM;
  const key = nextKey(life, 'rotate');
  const rotated = await fulfil(life, 'rotateCredentials', 'rotation-failed', () =>
    withEachServer(life, (instance) =>
      hypervisor(providerOf(life, instance), HOUR_MS, { tenantId, priority: 'request' })
        .rotateCredentials({ tenantId, instanceId: instance.id, key })
        .catch((error: unknown) => {
          // What is refused will never be possible: the person only takes note, and a retry does not ask again.
          if (isRefused(error)) state.unfinished.rotateCredentials = null;
          throw error;
        }),
    ),
  );
  if (!rotated) return false;
  const instanceIds = state.instances.map(({ id }) => id);
  await facts.renewLinks({ tenantId, subscriptionId, instanceIds, key });
  await record(life, { by, notes: [{ kind: 'credentials-rotated', data: {} }] });
  void tell(life, 'credentials-rotated');
  return true;
}
