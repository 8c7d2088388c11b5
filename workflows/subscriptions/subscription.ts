/**
 * The life of one subscription, from the opened checkout to the last snapshot: `subscription/<id>`.
 *
 * awaiting payment → provisioning → active ⇄ past due → suspended → cancelling → torn down. When a person is needed,
 * `attention` says why and what can be done, beside the stage. Each stage is told in a file of its own in `stages/`.
 */
import { allHandlersFinished, condition, continueAsNew } from '@temporalio/workflow';
import type { Stage, SubscriptionInput } from '../../schemas/subscriptions/lifecycle.ts';
import { receiveMessages } from './messages.ts';
import { awaitPayment } from './stages/awaiting-payment.ts';
import { provision } from './stages/provisioning.ts';
import { serve } from './stages/active.ts';
import { awaitLatePayment } from './stages/past-due.ts';
import { staySuspended } from './stages/suspended.ts';
import { windDown } from './stages/cancelling.ts';
import { shouldContinueAsNew } from './steps.ts';
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
  const state = saved ?? freshState();
  receiveMessages(state);
  const life: Life = { input, state, mails: new Set() };

  while (state.stage !== 'torn-down') {
    await STORY[state.stage](life);
    if (shouldContinueAsNew(life)) await carryOn(life);
  }

  await Promise.all(life.mails);
  return { stage: state.stage };
}

/** Goes on with a fresh history; nothing that was asked for or promised is left behind. */
async function carryOn({ input, state }: Life): Promise<never> {
  await condition(allHandlersFinished);
  return continueAsNew<typeof subscription>(input, state);
}
