/** From the opened checkout to the first money, or to its expiry. */
import { setCurrentDetails } from '@temporalio/workflow';
import { payments } from '../../activities.ts';
import { HOUR_MS } from '../../durations.ts';
import type { Life } from '../state.ts';
import { enterStage, record, restUntil, SYSTEM, tell } from '../steps.ts';

/** The provider closes the checkout by itself; we look a little later in case its event was lost. */
const EXPIRY_SLACK_MS = HOUR_MS;

export async function awaitPayment(life: Life): Promise<void> {
  const { input, state } = life;
  // The checkout wrote the same words with the order; only the Temporal UI has to be told.
  setCurrentDetails('Waiting for the first payment.');
  const { standing } = state.billing;
  const lookAt = new Date(Date.parse(input.checkoutExpiresAt) + EXPIRY_SLACK_MS).toISOString();
  const moved = (): boolean => state.billing.standing !== standing || state.requests.cancel !== null;

  switch (standing) {
    case 'paid':
    case 'past-due':
      return begin(life);
    case 'expired':
    case 'ended':
      return giveUp(life, 'The checkout was not paid.');
    case 'processing':
      // A bank debit takes days; a checkout under way cannot be cancelled any more, so only the bank's answer counts.
      await record(life, { summary: 'The bank debit is under way; it may take some days.', dueAt: null });
      await restUntil(life, () => state.billing.standing !== 'processing');
      if (['expired', 'ended', 'unpaid'].includes(state.billing.standing)) {
        void tell(life, 'checkout-expired');
        return giveUp(life, 'The bank debit failed.');
      }
      return;
    case 'unpaid':
      await restUntil(life, moved, lookAt);
      if (moved()) return state.requests.cancel ? withdraw(life) : undefined;
      if (Date.now() >= Date.parse(lookAt)) await closeUnpaid(life);
  }
}

async function begin(life: Life): Promise<void> {
  await enterStage(life, 'provisioning', {
    summary: 'Paid. The servers are being made.',
    dueAt: null,
    notes: [{ kind: 'payment-received', data: {} }],
  });
  void tell(life, 'order-received');
}

/** Cancelled before it was paid, unless the payment was quicker. */
async function withdraw(life: Life): Promise<void> {
  const by = life.state.requests.cancel?.by ?? SYSTEM;
  life.state.requests.cancel = null;
  await closeUnpaid(life, by);
}

async function closeUnpaid(life: Life, by = SYSTEM): Promise<void> {
  const { input, state } = life;
  const { tenantId, subscriptionId } = input;
  const found = await payments.closeCheckout({ tenantId, subscriptionId });
  state.billing = { standing: found.standing, version: found.version, periodEnd: found.periodEnd };
  // Still open although it was closed cannot be; paid in the last moment can: the story goes on with that.
  if (found.standing === 'unpaid') await giveUp(life, 'The checkout was closed unpaid.', by);
  else if (by !== SYSTEM && found.standing === 'paid') {
    state.requests.cancel = { by, when: 'now', reason: 'withdrawn while paying' };
  }
}

async function giveUp(life: Life, summary: string, by = SYSTEM): Promise<void> {
  await enterStage(life, 'torn-down', {
    summary,
    dueAt: null,
    by,
    notes: [{ kind: 'checkout-expired', data: {} }],
  });
}
