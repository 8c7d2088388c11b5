/** A payment failed: the servers run on for some days, in which the customer may pay. */
import { DAY_MS, HOUR_MS, instantIn } from '../../durations.ts';
import type { Life } from '../state.ts';
import { awaitHelp, enterStage, record, restUntil, SYSTEM, tell } from '../steps.ts';
import { actOnRequests, lookAtBilling } from './active.ts';

/** While a debit is under way nobody is suspended; how often we look whether its event was lost. */
const PROCESSING_LOOK_MS = 12 * HOUR_MS;

export async function awaitLatePayment(life: Life): Promise<void> {
  const { input, state } = life;
  const { requests } = state;
  if (state.attention && !(await awaitHelp(life, () => requests.cancel !== null))) return;
  if (!state.settled) {
    state.settled = true;
    const suspendAt = instantIn(input.terms.overdue.suspendAfterDays * DAY_MS);
    await record(life, { summary: 'A payment failed; the customer was asked to pay.', dueAt: suspendAt });
    void tell(life, 'payment-failed', { suspendAt });
  }
  // Somebody who owes a payment has no paid period to wait for: a cancellation takes effect now.
  if (requests.cancel) requests.cancel = { ...requests.cancel, when: 'now' };
  if (!(await actOnRequests(life))) return;

  switch (state.billing.standing) {
    case 'paid':
      return enterStage(life, 'active', {
        summary: 'Running; the late payment has arrived.',
        dueAt: null,
        notes: [{ kind: 'payment-received', data: {} }],
      });
    case 'ended':
      state.cancellation = { cause: 'billing-ended', by: SYSTEM };
      return enterStage(life, 'cancelling', { summary: 'Billing is over. The service is being ended.' });
    case 'processing':
      return waitFor(life, instantIn(PROCESSING_LOOK_MS));
    default:
      return waitFor(life, state.dueAt);
  }
}

async function waitFor(life: Life, instant: string | null): Promise<void> {
  const { state } = life;
  const { version } = state.billing;
  const changed = (): boolean =>
    state.billing.version !== version || Object.values(state.requests).some((request) => request !== null);
  await restUntil(life, changed, instant);
  if (changed() || instant === null || Date.now() < Date.parse(instant)) return;
  // A payment may have arrived whose event has not: look before anybody is suspended.
  await lookAtBilling(life);
  if (state.billing.standing !== 'past-due' || changed()) return;
  state.suspendedBy = 'payment';
  await enterStage(life, 'suspended', { summary: 'Being suspended: the payment did not arrive.' });
}
