/** Which message is possible when. Synchronous and pure, as update validators must be. */
import { ApplicationFailure } from '@temporalio/workflow';
import type { Stage } from '../../schemas/subscriptions/lifecycle.ts';
import type { SubscriptionState } from './state.ts';

const LIVE: Stage[] = ['active', 'past-due', 'suspended'];

function refuse(reason: string, message: string, nextStep: string): never {
  throw ApplicationFailure.create({
    type: 'refused',
    nonRetryable: true,
    message,
    details: [{ reason, nextStep }],
  });
}

export function checkSuspend({ stage, suspendedBy }: SubscriptionState): void {
  if (stage === 'active' || stage === 'past-due') return;
  if (stage === 'suspended' && suspendedBy === 'payment') return;
  if (stage === 'suspended')
    refuse('already-suspended', 'It is suspended already.', 'Nothing is left to do.');
  refuse('not-running', `A subscription that is ${stage} cannot be suspended.`, 'Wait until it is active.');
}

export function checkResume({ stage, deleting, cancelAtPeriodEnd }: SubscriptionState): void {
  if (stage === 'suspended') return;
  if (stage === 'cancelling' && !deleting) return;
  if (stage === 'cancelling') {
    refuse('being-deleted', 'Its data is being deleted already.', 'Place a new order.');
  }
  if ((stage === 'active' || stage === 'past-due') && cancelAtPeriodEnd) return;
  refuse(
    'nothing-to-resume',
    `A subscription that is ${stage} has nothing to resume.`,
    'Look at its current stage.',
  );
}

export function checkCancel(
  { stage, attention, cancelAtPeriodEnd }: SubscriptionState,
  when: 'now' | 'period-end',
): void {
  if (stage === 'cancelling' || stage === 'torn-down') {
    refuse('already-cancelled', 'It is cancelled already.', 'Nothing is left to do.');
  }
  if (when === 'period-end' && cancelAtPeriodEnd) {
    refuse('already-cancelled', 'It ends with the paid period already.', 'Cancel now to end it sooner.');
  }
  if (when === 'period-end' && !LIVE.includes(stage) && !(stage === 'provisioning' && !attention)) {
    refuse('nothing-to-await', 'There is no paid period to wait for.', 'Cancel it now.');
  }
}

export function checkRetry({ attention }: SubscriptionState): void {
  if (attention?.options.includes('retry')) return;
  refuse('nothing-to-retry', 'Nothing is waiting to be tried again.', 'Look at its current stage.');
}

export function checkRefund({ attention }: SubscriptionState): void {
  if (attention?.options.includes('refund')) return;
  refuse(
    'no-refund-offered',
    'A refund is offered only when the servers could not be made.',
    'Cancel instead.',
  );
}

export function checkRotateCredentials({ stage, requests }: SubscriptionState): void {
  if (stage !== 'active' && stage !== 'past-due') {
    refuse(
      'not-running',
      `A subscription that is ${stage} has no running server.`,
      'Wait until it is active.',
    );
  }
  if (requests.rotateCredentials) {
    refuse(
      'rotation-under-way',
      'New credentials are being made already.',
      'Wait for the mail with the link.',
    );
  }
}
