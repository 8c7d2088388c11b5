/** From the opened checkout to the first money, or to its expiry. */
import { payments } from '../../activities.ts';
import { HOUR_MS } from '../../durations.ts';
import { noteBilling } from '../billing.ts';
import type { Life } from '../state.ts';
import { attempt, awaitHelp, enterStage, fulfil, record, restUntil, SYSTEM, tell } from '../steps.ts';

/** The provider closes the checkout by itself; we look a little later in case its event was lost. */
const EXPIRY_SLACK_MS = HOUR_MS;

export async function awaitPayment(life: Life): Promise<void> {
  const { input, state } = life;
  const { standing } = state.billing;
  const moved = (): boolean => state.billing.standing !== standing || state.requests.cancel !== null;
  if (state.attention && !(await awaitHelp(life, moved))) return;

  switch (state.billing.standing) {
    case 'paid':
    case 'past-due':
      return begin(life);
    case 'expired':
    case 'ended':
      return giveUp(life, 'The checkout was not paid.');
    case 'processing':
      return awaitDebit(life);
    case 'unpaid': {
      if (state.settled) return giveUp(life, 'The bank debit failed.');
      const lookAt = new Date(Date.parse(input.checkoutExpiresAt) + EXPIRY_SLACK_MS).toISOString();
      const isOver = await restUntil(life, moved, lookAt);
      if (state.billing.standing !== 'unpaid') return;
      if (state.requests.cancel || isOver) await closeUnpaid(life);
    }
  }
}

/** A bank debit takes days; a checkout under way cannot be cancelled any more, so only the bank's answer counts. */
async function awaitDebit(life: Life): Promise<void> {
  const { state } = life;
  if (!state.settled) {
    state.settled = true;
    await record(life, { summary: 'The bank debit is under way; it may take some days.', dueAt: null });
  }
  await restUntil(life, () => state.billing.standing !== 'processing');
}

async function begin(life: Life): Promise<void> {
  await enterStage(life, 'provisioning', {
    summary: 'Paid. The servers are being made.',
    dueAt: null,
    notes: [{ kind: 'payment-received', data: {} }],
  });
  void tell(life, 'order-received');
}

/** Closes the checkout, because somebody withdraws or its time is over, unless the payment was quicker. */
async function closeUnpaid(life: Life): Promise<void> {
  const { input, state } = life;
  const { tenantId, subscriptionId } = input;
  const { cancel } = state.requests;
  const closed = await fulfil(life, 'cancel', 'billing-failed', async () =>
    noteBilling(state, await payments.closeCheckout({ tenantId, subscriptionId })),
  );
  if (!closed) return;
  const { standing } = state.billing;
  // Still open although it was closed cannot be; paid in the last moment can: the story goes on with that.
  if (standing === 'unpaid') await giveUp(life, 'The checkout was closed unpaid.', cancel?.by);
  else if (cancel && (standing === 'paid' || standing === 'processing')) state.requests.cancel = cancel;
}

/**
 * Nothing was paid. What came as far as billing is ended at the provider, which would try to collect again otherwise. Whoever
 * gave a debit has long left the page and is told by mail.
 */
async function giveUp(life: Life, summary: string, by = SYSTEM): Promise<void> {
  const { input, state } = life;
  const { tenantId, subscriptionId } = input;
  const debited = state.settled;
  const closing = async (): Promise<void> =>
    noteBilling(state, await payments.endBilling({ tenantId, subscriptionId }));
  if (state.billing.standing !== 'expired' && !(await attempt(life, 'billing-failed', closing))) return;
  if (debited) void tell(life, 'checkout-expired');
  await enterStage(life, 'torn-down', {
    summary,
    dueAt: null,
    by,
    notes: [{ kind: 'checkout-expired', data: {} }],
  });
}
