/** The paid servers run. Nothing happens until somebody asks for something or a payment fails. */
import { facts, hypervisor, payments } from '../../activities.ts';
import { HOUR_MS, instantIn, MINUTE_MS } from '../../durations.ts';
import type { Life } from '../state.ts';
import {
  attempt,
  awaitHelp,
  enterStage,
  nextKey,
  raiseAttention,
  record,
  restUntil,
  SYSTEM,
  tell,
} from '../steps.ts';

/** The payment provider tells the end of a period by itself; we look a little later in case its event was lost. */
const PERIOD_END_SLACK_MS = HOUR_MS;

/** After this, unopened credentials are brought to mind, if the hand-over mail's fate is in doubt. */
const REMINDER_MS = 15 * MINUTE_MS;

export async function serve(life: Life): Promise<void> {
  const { state } = life;
  if (state.attention && !(await awaitHelp(life, () => isOvertaken(life)))) return;
  if (state.undelivered) resend(life);

  if (!(await actOnRequests(life))) return;
  if (state.stage !== 'active') return;
  const { standing } = state.billing;
  if (standing === 'past-due') return fallDue(life);
  if (standing === 'ended') return endService(life);
  await rest(life);
}

/** While a person is awaited for one thing, others go on: a cancellation, a suspension, a payment that failed. */
function isOvertaken({ state }: Life): boolean {
  const { requests, billing } = state;
  return requests.cancel?.when === 'now' || requests.suspend !== null || billing.standing !== 'paid';
}

/** Somebody has mended why the hand-over mail could not be delivered. */
function resend(life: Life): void {
  life.state.undelivered = false;
  void tellHandOver(life);
}

/** The one mail that must not be missed: in doubt it is followed up, undeliverable it needs a person. */
export async function tellHandOver(life: Life): Promise<void> {
  const { state } = life;
  const outcome = await tell(life, 'server-ready');
  if (outcome === 'in-doubt') state.remindAt = instantIn(REMINDER_MS);
  if (outcome !== 'undeliverable' || state.attention !== null || state.stage !== 'active') return;
  state.undelivered = true;
  await raiseAttention(
    life,
    'mail-failed',
    new Error('The mail with the credentials could not be delivered.'),
  );
}

/**
 * What can be asked for while the servers run; also used while a payment is overdue. `false`: a person is needed, or the
 * stage changed.
 */
export async function actOnRequests(life: Life): Promise<boolean> {
  const { state } = life;
  const { requests } = state;
  if (requests.cancel?.when === 'now') {
    state.cancellation = { cause: 'request', by: requests.cancel.by };
    requests.cancel = null;
    await enterStage(life, 'cancelling', {
      summary: 'Cancelled. The service is being ended.',
      by: state.cancellation.by,
      notes: [{ kind: 'cancel-requested', data: { when: 'now' } }],
    });
    return false;
  }
  if (requests.suspend) {
    state.suspendedBy = 'staff';
    const { by, reason } = requests.suspend;
    requests.suspend = null;
    await enterStage(life, 'suspended', { summary: `Being suspended by staff: ${reason}`, dueAt: null, by });
    return false;
  }
  if (requests.cancel) return endWithPeriod(life);
  if (requests.resume) return keepRunning(life);
  if (requests.rotateCredentials) return rotateCredentials(life);
  return true;
}

async function rest(life: Life): Promise<void> {
  const { state } = life;
  const { requests } = state;
  const lookAt = state.cancelAtPeriodEnd && state.billing.periodEnd ? later(state.billing.periodEnd) : null;
  const wakeAt = [state.remindAt, lookAt].filter((instant) => instant !== null).sort()[0] ?? null;
  const remindAt = state.remindAt;
  await restUntil(
    life,
    () =>
      state.billing.standing !== 'paid' ||
      state.remindAt !== remindAt ||
      Object.values(requests).some((request) => request !== null),
    wakeAt,
  );
  if (state.remindAt && Date.now() >= Date.parse(state.remindAt)) await remind(life);
  if (lookAt && Date.now() >= Date.parse(lookAt)) await lookAtBilling(life);
}

function later(instant: string): string {
  return new Date(Date.parse(instant) + PERIOD_END_SLACK_MS).toISOString();
}

/** Asks the payment provider how it stands, instead of trusting that its event arrived. */
export async function lookAtBilling(life: Life): Promise<void> {
  const { tenantId, subscriptionId } = life.input;
  const found = await payments.refreshBilling({ tenantId, subscriptionId });
  if (found.version < life.state.billing.version) return;
  life.state.billing = { standing: found.standing, version: found.version, periodEnd: found.periodEnd };
}

/** The hand-over mail's fate was in doubt: if nobody opened the links, they are sent once more, as another mail. */
async function remind(life: Life): Promise<void> {
  const { tenantId, subscriptionId } = life.input;
  life.state.remindAt = null;
  if (await facts.hasUnopenedLinks({ tenantId, subscriptionId })) void tell(life, 'credentials-reminder');
}

async function fallDue(life: Life): Promise<void> {
  await enterStage(life, 'past-due', {
    summary: 'A payment failed.',
    notes: [{ kind: 'payment-failed', data: {} }],
  });
}

/** Billing is over at the payment provider: by our own cancellation at the period's end, or by somebody there. */
async function endService(life: Life): Promise<void> {
  const { state } = life;
  state.cancellation = { cause: state.cancelAtPeriodEnd ? 'period-ended' : 'billing-ended', by: SYSTEM };
  await enterStage(life, 'cancelling', { summary: 'The paid period is over. The service is being ended.' });
}

async function endWithPeriod(life: Life): Promise<boolean> {
  const { input, state } = life;
  const { tenantId, subscriptionId } = input;
  const by = state.requests.cancel?.by ?? SYSTEM;
  const ended = await attempt(life, 'billing-failed', () =>
    payments.endAtPeriodEnd({ tenantId, subscriptionId }),
  );
  if (!ended) return false;
  state.requests.cancel = null;
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
  const kept = await attempt(life, 'billing-failed', () =>
    payments.resumeBilling({ tenantId, subscriptionId, key }),
  );
  if (!kept) return false;
  state.requests.resume = null;
  state.cancelAtPeriodEnd = false;
  await record(life, { summary: 'Running.', dueAt: null, by, notes: [{ kind: 'resumed', data: {} }] });
  return true;
}

async function rotateCredentials(life: Life): Promise<boolean> {
  const { input, state } = life;
  const { tenantId, subscriptionId, provider } = input;
  const by = state.requests.rotateCredentials?.by ?? SYSTEM;
  const at = hypervisor(provider, HOUR_MS);
  const key = nextKey(life, 'rotate');
  const rotated = await attempt(life, 'rotation-failed', () =>
    Promise.all(state.instances.map(({ id }) => at.rotateCredentials({ tenantId, instanceId: id, key }))),
  );
  if (!rotated) return false;
  state.requests.rotateCredentials = null;
  const instanceIds = state.instances.map(({ id }) => id);
  await facts.renewLinks({ tenantId, subscriptionId, instanceIds, key });
  await record(life, { by, notes: [{ kind: 'credentials-rotated', data: {} }] });
  void tell(life, 'credentials-rotated');
  return true;
}
