/**
 * The end: the servers are halted and billing is told to stop, the data is kept for the grace period, and then comes the last
 * snapshot, the deletion, the proof that nothing is left, and the confirmation. Until the deletion begins it can be undone.
 */
import { ParentClosePolicy, startChild } from '@temporalio/workflow';
import { toEdgeId } from '../../../schemas/ids.ts';
import { hypervisor, payments } from '../../activities.ts';
import { DAY_MS, instantIn } from '../../durations.ts';
import { snapshotExpiry } from '../../instances/snapshot-expiry.ts';
import { restartServers, stopServers } from '../servers.ts';
import type { InstanceRef, Life } from '../state.ts';
import { attempt, awaitHelp, enterStage, nextKey, record, restUntil, SYSTEM, tell } from '../steps.ts';
import { lookAtBilling } from './active.ts';

export async function windDown(life: Life): Promise<void> {
  const { state } = life;
  const mayResume = (): boolean => !state.deleting && (state.requests.resume !== null || isPaidAgain(life));
  if (state.attention && !(await awaitHelp(life, mayResume))) return;
  state.attention = null;

  if (state.deleting) return tearDown(life);
  if (!state.settled && !(await endService(life))) return;
  if (mayResume()) return resume(life);

  await restUntil(life, mayResume, state.dueAt);
  if (mayResume() || state.dueAt === null || Date.now() < Date.parse(state.dueAt)) return;
  if (state.cancellation?.cause === 'overdue') {
    await lookAtBilling(life);
    if (mayResume()) return;
  }
  state.deleting = true;
  await record(life, { summary: 'The grace period is over; the data is being deleted.', dueAt: null });
}

/** Who was ended for want of payment and then pays has the service back. */
function isPaidAgain({ state }: Life): boolean {
  return state.cancellation?.cause === 'overdue' && state.billing.standing === 'paid';
}

async function endService(life: Life): Promise<boolean> {
  const { input, state } = life;
  const { tenantId, subscriptionId, terms } = input;
  // From here on no further charge may come, whatever happens to us.
  const silent = await attempt(life, 'billing-failed', () =>
    payments.endAtPeriodEnd({ tenantId, subscriptionId }),
  );
  if (!silent) return false;
  if (!(await attempt(life, 'teardown-failed', () => stopServers(life)))) return false;
  state.settled = true;
  state.cancelAtPeriodEnd = false;
  const serviceEndsAt = new Date().toISOString();
  const deleteAt = instantIn(terms.retention.graceDays * DAY_MS);
  await record(life, {
    summary: 'The service has ended; the data is kept for the grace period and can be had back until then.',
    dueAt: deleteAt,
    by: state.cancellation?.by ?? SYSTEM,
    notes: [{ kind: 'service-ended', data: { cause: state.cancellation?.cause ?? null } }],
  });
  void tell(life, 'cancelled', { serviceEndsAt, deleteAt });
  return true;
}

/** Back to life within the grace period: first the money, then the servers. */
async function resume(life: Life): Promise<void> {
  const { input, state } = life;
  const { tenantId, subscriptionId } = input;
  const by = state.requests.resume?.by ?? SYSTEM;
  state.requests.resume = null;
  const key = nextKey(life, 'resume-billing');
  const paid = await attempt(life, 'billing-failed', async () => {
    const found = await payments.resumeBilling({ tenantId, subscriptionId, key });
    state.billing = { standing: found.standing, version: found.version, periodEnd: found.periodEnd };
  });
  if (!paid) return;
  if (!(await attempt(life, 'resume-failed', () => restartServers(life)))) {
    // Asked for once: the retry that clears the attention goes on with it.
    state.requests.resume = { by };
    return;
  }
  state.cancellation = null;
  state.suspendedBy = null;
  await enterStage(life, 'active', {
    summary: 'Running again; the cancellation was taken back.',
    dueAt: null,
    by,
    notes: [{ kind: 'resumed', data: {} }],
  });
  void tell(life, 'resumed');
}

async function tearDown(life: Life): Promise<void> {
  const { input, state } = life;
  const { tenantId, subscriptionId, terms } = input;
  const gone = await attempt(life, 'teardown-failed', () =>
    Promise.all(state.instances.map((instance) => removeInstance(life, instance))),
  );
  if (!gone) return;
  if (!(await attempt(life, 'billing-failed', () => payments.endBilling({ tenantId, subscriptionId }))))
    return;
  const keptDays = terms.retention.finalSnapshotDays;
  await enterStage(life, 'torn-down', {
    summary: 'Torn down: the servers are deleted and billing has ended.',
    dueAt: null,
    notes: [{ kind: 'torn-down', data: {} }],
  });
  void tell(life, 'deleted', { snapshotKeptUntil: keptDays > 0 ? instantIn(keptDays * DAY_MS) : null });
}

/** The last snapshot, the deletion and the proof that it is gone. */
async function removeInstance({ input }: Life, instance: InstanceRef): Promise<void> {
  const { tenantId, provider, terms } = input;
  if (instance.state === 'deleted') return;
  const at = hypervisor(provider, 3 * DAY_MS);
  const target = { tenantId, instanceId: instance.id };
  const { finalSnapshotDays } = terms.retention;
  const keepsSnapshot = finalSnapshotDays > 0 && (await at.takeFinalSnapshot(target)).snapshotRef !== null;
  await at.deleteInstance(target);
  instance.state = 'deleted';
  if (!keepsSnapshot) return;
  await startChild(snapshotExpiry, {
    workflowId: `snapshot-expiry/${toEdgeId('instance', instance.id)}`,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: 'Deletes the last snapshot when its time is over.',
    args: [{ tenantId, instanceId: instance.id, provider, deleteAt: instantIn(finalSnapshotDays * DAY_MS) }],
  });
}
