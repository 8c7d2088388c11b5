/**
 * The life of one subscription, from the opened checkout to the last snapshot: `subscription/<id>`.
 *
 * awaiting payment → provisioning → active ⇄ past due → suspended → cancelling → torn down. When a person is needed,
 * `attention` says why and what can be done, beside the stage. Each stage is told in a file of its own in `stages/`.
 */
import { allHandlersFinished, CancellationScope, condition, continueAsNew } from '@temporalio/workflow';
import type { Stage, SubscriptionInput } from '../../schemas/subscriptions/lifecycle.ts';
import { arrivedState, arrive } from './arrival.ts';
import { lookAtBilling } from './billing.ts';
import { receiveMessages } from './messages.ts';
import { operate } from './operations.ts';
import { checkReadable } from './reading.ts';
import { awaitPayment } from './stages/awaiting-payment.ts';
import { provision } from './stages/provisioning.ts';
import { serve } from './stages/active.ts';
import { awaitLatePayment } from './stages/past-due.ts';
import { staySuspended } from './stages/suspended.ts';
import { windDown } from './stages/cancelling.ts';
import { shouldContinueAsNew, showDetails } from './steps.ts';
import { freshState, type Life, type SubscriptionState } from './state.ts';

const STORY: Record<Exclude<Stage, 'torn-down'>, (life: Life) => Promise<void>> = {
  'awaiting-payment': awaitPayment,
  provisioning: provision,
  active: serve,
  'past-due': awaitLatePayment,
  suspended: staySuspended,
  cancelling: windDown,
};

export async function subscription(
  input: SubscriptionInput,
  saved?: SubscriptionState,
): Promise<{ stage: Stage }> {
  checkReadable(input, saved);
  const state = saved ?? firstState(input);
  receiveMessages(state);
  const life: Life = { input, state, mails: new Set(), operations: new Set(), held: false };
  // A cancel in the Temporal UI would leave servers behind that nobody pays for: the message `cancel` is the way to end it.
  return CancellationScope.nonCancellable(() => live(life));
}

function firstState(input: SubscriptionInput): SubscriptionState {
  const fresh = freshState(input);
  return input.imported ? arrivedState(fresh, input.imported) : fresh;
}

async function live(life: Life): Promise<{ stage: Stage }> {
  const { state, mails } = life;
  showDetails(life);
  void operate(life);
  if (state.arriving) await arrive(life);
  while (state.stage !== 'torn-down') {
    if (state.requests.look) await lookAtBilling(life);
    await STORY[state.stage](life);
    if (shouldContinueAsNew(life)) await carryOn(life);
  }
  await Promise.all(mails);
  return { stage: state.stage };
}

/** Goes on with a fresh history; nothing that was asked for or promised is left behind. */
async function carryOn({ input, state }: Life): Promise<never> {
  await condition(allHandlersFinished);
  return continueAsNew<typeof subscription>(input, state);
}
