/** The paid servers run. Nothing happens until somebody asks for something or a payment fails. */
import { facts } from '../../activities.ts';
import { HOUR_MS } from '../../durations.ts';
import { lookAtBilling } from '../billing.ts';
import { scheduledFor } from '../plan-change-state.ts';
import type { Life } from '../state.ts';
import { enterStage, raiseAttention, restUntil, SYSTEM, tell } from '../steps.ts';
import { actOnRequests, isAskedFor } from './requests.ts';

/** The payment provider tells the end of a period by itself; we look a little later in case its event was lost. */
const PERIOD_END_SLACK_MS = HOUR_MS;

/** A person who is needed for one thing does not keep the others from going on. */
export async function serve(life: Life): Promise<void> {
  const { state } = life;
  if (isUndeliveredNews(life)) {
    const message = 'The mail with the credentials could not be delivered.';
    await raiseAttention(life, 'mail-failed', new Error(message));
  }
  if (!(await actOnRequests(life))) return;
  const { standing } = state.billing;
  if (standing === 'past-due') return fallDue(life);
  if (standing === 'ended') return endService(life);
  await rest(life);
}

function isUndeliveredNews({ state }: Life): boolean {
  return state.undelivered && state.attention === null;
}

async function rest(life: Life): Promise<void> {
  const { state } = life;
  const { remindAt, billing } = state;
  const { standing, periodEnd } = billing;
  const looksAtEnd = state.cancelAtPeriodEnd && periodEnd !== null && !state.unfinished.look;
  const lookAt = looksAtEnd ? later(periodEnd) : null;
  const changeAt = scheduledFor(state);
  const wakeAt = [remindAt, lookAt, changeAt].filter((instant) => instant !== null).sort()[0] ?? null;
  const isDue = await restUntil(
    life,
    () =>
      isAskedFor(life) ||
      isUndeliveredNews(life) ||
      state.billing.standing !== standing ||
      state.remindAt !== remindAt,
    wakeAt,
  );
  if (isAskedFor(life) || !isDue) return;
  if (wakeAt === remindAt) await remind(life);
  if (wakeAt === lookAt) await lookAfterPeriod(life, periodEnd);
  if (wakeAt === changeAt && state.planChange) state.planChange.phase = 'due';
}

function later(instant: string): string {
  return new Date(Date.parse(instant) + PERIOD_END_SLACK_MS).toISOString();
}

/** The hand-over mail's fate was in doubt: if nobody opened the links, they are sent once more, as another mail. */
async function remind(life: Life): Promise<void> {
  const { tenantId, subscriptionId } = life.input;
  life.state.remindAt = null;
  if (await facts.hasUnopenedLinks({ tenantId, subscriptionId })) void tell(life, 'credentials-reminder');
}

/** The last paid period should be over. Without a new one the service ends, even if the provider has not closed it yet. */
async function lookAfterPeriod(life: Life, periodEnd: string | null): Promise<void> {
  const { state } = life;
  if (!(await lookAtBilling(life)) || isAskedFor(life)) return;
  if (state.billing.periodEnd === periodEnd) await endService(life);
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
