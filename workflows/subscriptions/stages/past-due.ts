/** A payment failed: the servers run on for some days, in which the customer may pay. */
import { DAY_MS, HOUR_MS, instantIn } from '../../durations.ts';
import { lookAtBilling } from '../billing.ts';
import type { Life } from '../state.ts';
import { enterStage, record, restUntil, SYSTEM, tell } from '../steps.ts';
import { actOnRequests, isAskedFor } from './requests.ts';

/** While a debit is under way nobody is suspended; how often we look whether its event was lost. */
export const PROCESSING_LOOK_MS = 12 * HOUR_MS;

export async function awaitLatePayment(life: Life): Promise<void> {
  const { input, state } = life;
  if (!state.settled) {
    state.settled = true;
    const suspendAt = instantIn(input.terms.overdue.suspendAfterDays * DAY_MS);
    await record(life, { summary: 'A payment failed; the customer was asked to pay.', dueAt: suspendAt });
    void tell(life, 'payment-failed', { suspendAt });
  }
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
    case 'past-due':
    case 'unpaid':
    case 'expired':
      return waitFor(life, state.dueAt);
  }
}

async function waitFor(life: Life, instant: string | null): Promise<void> {
  const { state } = life;
  const { standing } = state.billing;
  // Without a look at the payment provider nobody is suspended: if that failed, a person is awaited.
  const lookAt = state.unfinished.look ? null : instant;
  const isDue = await restUntil(life, () => isAskedFor(life) || state.billing.standing !== standing, lookAt);
  if (isAskedFor(life) || !isDue) return;
  // A payment may have arrived whose event has not.
  if (!(await lookAtBilling(life)) || isAskedFor(life)) return;
  if (['paid', 'processing', 'ended'].includes(state.billing.standing)) return;
  if (state.dueAt !== null && Date.now() < Date.parse(state.dueAt)) return;
  state.suspendedBy = 'payment';
  await enterStage(life, 'suspended', { summary: 'Being suspended: the payment did not arrive.' });
}
