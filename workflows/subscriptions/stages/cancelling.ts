/**
 * The end: the servers are halted and billing is told to stop, the data is kept for the grace period, and then comes the last
 * snapshot, the deletion, the proof that nothing is left, and the confirmation. Until the deletion begins it can be undone.
 */
import { hypervisor, payments } from '../../activities.ts';
import { DAY_MS, instantIn } from '../../durations.ts';
import { expireSnapshot } from '../../instances/beside.ts';
import { lookAtBilling, noteBilling } from '../billing.ts';
import { dropQueued } from '../operations.ts';
import { restartServers, stopServers, withEachServer } from '../servers.ts';
import { type InstanceRef, type Life, providerOf } from '../state.ts';
import {
  attempt,
  awaitHelp,
  enterStage,
  fulfil,
  nextKey,
  record,
  restUntil,
  SYSTEM,
  tell,
} from '../steps.ts';

export async function windDown(life: Life): Promise<void> {
  const { state } = life;
  const { requests } = state;
  const mayResume = (): boolean => !state.deleting && (requests.resume !== null || isPaidAgain(life));
  if (state.attention && !(await awaitHelp(life, () => mayResume() || requests.cancel !== null))) return;

  if (state.deleting) return tearDown(life);
  if (requests.cancel) endAfterAll(life);
  if (!state.settled) return endService(life);
  if (mayResume()) return resume(life);

  const isOver = await restUntil(life, mayResume, state.dueAt);
  if (mayResume() || !isOver) return;
  if (state.cancellation?.cause === 'overdue') {
    if (!(await lookAtBilling(life)) || mayResume()) return;
  }
  state.deleting = true;
  await record(life, { summary: 'The grace period is over; the data is being deleted.', dueAt: null });
}

/** Who was ended for want of payment and then pays has the service back; not again while a person is needed for that. */
function isPaidAgain({ state }: Life): boolean {
  const { cancellation, billing, unfinished } = state;
  return cancellation?.cause === 'overdue' && billing.standing === 'paid' && !unfinished.resume;
}

/** Cancelled once more while the way back is blocked: the end begins anew, since billing may run again. */
function endAfterAll({ state }: Life): void {
  state.cancellation = { cause: 'request', by: state.requests.cancel?.by ?? SYSTEM };
  state.requests.cancel = null;
  state.requests.resume = null;
  state.unfinished.resume = null;
  state.settled = false;
}

async function endService(life: Life): Promise<void> {
  const { input, state } = life;
  const { tenantId, subscriptionId, terms } = input;
  // What was asked of a running service is over with it.
  Object.assign(state.requests, { suspend: null, rotateCredentials: null, changePlan: null, keepPlan: null });
  await dropQueued(life);
  // From here on no further charge may come, whatever happens to us.
  const silent = await attempt(life, 'billing-failed', async () =>
    noteBilling(state, await payments.endAtPeriodEnd({ tenantId, subscriptionId })),
  );
  if (!silent || !(await attempt(life, 'teardown-failed', () => stopServers(life)))) return;
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
  const cause = state.cancellation?.cause ?? null;
  void tell(life, 'cancelled', { serviceEndsAt, deleteAt, cause });
}

/** Back to life within the grace period: first the money, then the servers. */
async function resume(life: Life): Promise<void> {
  const { input, state } = life;
  const { tenantId, subscriptionId } = input;
  const by = state.requests.resume?.by ?? SYSTEM;
  const key = nextKey(life, 'resume-billing');
  state.requests.resume = { by };
  const paid = await fulfil(life, 'resume', 'billing-failed', async () =>
    noteBilling(state, await payments.resumeBilling({ tenantId, subscriptionId, key })),
  );
  if (!paid) return;
  state.requests.resume = { by };
  if (!(await fulfil(life, 'resume', 'resume-failed', () => restartServers(life)))) return;
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
  const { tenantId, subscriptionId, terms } = life.input;
  const removal = (): Promise<void> => withEachServer(life, (instance) => removeInstance(life, instance));
  if (!(await attempt(life, 'teardown-failed', removal))) return;
  const closing = (): Promise<unknown> => payments.endBilling({ tenantId, subscriptionId });
  if (!(await attempt(life, 'billing-failed', closing))) return;
  const { instances } = life.state;
  const kept = instances.filter(({ snapshotKept }) => snapshotKept !== false).length;
  const keptDays = kept > 0 ? terms.retention.finalSnapshotDays : 0;
  const snapshotKeptUntil = keptDays > 0 ? instantIn(keptDays * DAY_MS) : null;
  await enterStage(life, 'torn-down', {
    summary: 'Torn down: the servers are deleted and billing has ended.',
    dueAt: null,
    notes: [{ kind: 'torn-down', data: { snapshotKeptUntil } }],
  });
  void tell(life, 'deleted', { snapshotKeptUntil, withoutSnapshot: instances.length - kept });
}

/** The last snapshot, the deletion and the proof that it is gone. */
async function removeInstance(life: Life, instance: InstanceRef): Promise<void> {
  const { tenantId, terms } = life.input;
  const provider = providerOf(life, instance);
  if (instance.state === 'deleted') return;
  const at = hypervisor(provider, 3 * DAY_MS, { tenantId, priority: 'teardown' });
  const target = { tenantId, instanceId: instance.id };
  const { finalSnapshotDays } = terms.retention;
  const keepsSnapshot = finalSnapshotDays > 0 && (await at.takeFinalSnapshot(target)).snapshotRef !== null;
  await at.deleteInstance(target);
  instance.state = 'deleted';
  instance.snapshotKept = keepsSnapshot;
  if (!keepsSnapshot) return;
  await expireSnapshot({ ...target, provider }, finalSnapshotDays * DAY_MS);
}
