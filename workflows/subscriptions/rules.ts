/** Which message is possible when. Synchronous and pure, as update validators must be. */
import { ApplicationFailure } from '@temporalio/workflow';
import type {
  CancelRequest,
  RefundRequest,
  ResumeRequest,
  RetryRequest,
  RotateCredentialsRequest,
  Stage,
  SuspendRequest,
} from '../../schemas/subscriptions/lifecycle.ts';
import { isRequest } from './reading.ts';
import type { SubscriptionState } from './state.ts';

const LIVE: Stage[] = ['active', 'past-due', 'suspended'];

export function refuse(reason: string, message: string, nextStep: string): never {
  throw ApplicationFailure.create({
    type: 'refused',
    nonRetryable: true,
    message,
    details: [{ reason, nextStep }],
  });
}

export function checkReadable(request: unknown): void {
  if (!isRequest(request)) refuse('unreadable', 'The request could not be read.', 'Send it again.');
}

export function checkSuspend({ stage, suspendedBy }: SubscriptionState, request: SuspendRequest): void {
  checkReadable(request);
  if (stage === 'active' || stage === 'past-due') return;
  if (stage === 'suspended' && suspendedBy === 'payment') return;
  if (stage === 'suspended')
    refuse('already-suspended', 'It is suspended already.', 'Nothing is left to do.');
  refuse('not-running', `A subscription that is ${stage} cannot be suspended.`, 'Wait until it is active.');
}

export function checkResume(
  { stage, deleting, cancelAtPeriodEnd, requests }: SubscriptionState,
  request: ResumeRequest,
): void {
  checkReadable(request);
  if (stage === 'suspended') return;
  if (stage === 'cancelling' && !deleting) return;
  if (stage === 'cancelling') {
    refuse('being-deleted', 'Its data is being deleted already.', 'Place a new order.');
  }
  if ((stage === 'active' || stage === 'past-due') && cancelAtPeriodEnd) return;
  // Asked for and not yet acted on: it can be taken back before it happens.
  if (requests.cancel?.when === 'period-end') return;
  refuse(
    'nothing-to-resume',
    `A subscription that is ${stage} has nothing to resume.`,
    'Look at its current stage.',
  );
}

export function checkCancel(
  { stage, attention, cancelAtPeriodEnd, requests, unfinished }: SubscriptionState,
  request: CancelRequest,
): void {
  checkReadable(request);
  const { when } = request;
  const resumesInVain = stage === 'cancelling' && attention !== null && unfinished.resume !== null;
  if (
    (stage === 'cancelling' && !resumesInVain) ||
    stage === 'torn-down' ||
    requests.cancel?.when === 'now'
  ) {
    refuse('already-cancelled', 'It is cancelled already.', 'Nothing is left to do.');
  }
  if (when === 'period-end' && cancelAtPeriodEnd) {
    refuse('already-cancelled', 'It ends with the paid period already.', 'Cancel now to end it sooner.');
  }
  if (when !== 'now' && !LIVE.includes(stage) && !(stage === 'provisioning' && !attention)) {
    refuse('nothing-to-await', 'There is no paid period to wait for.', 'Cancel it now.');
  }
}

export function checkRetry({ attention }: SubscriptionState, request: RetryRequest): void {
  checkReadable(request);
  if (attention?.options.includes('retry')) return;
  refuse('nothing-to-retry', 'Nothing is waiting to be tried again.', 'Look at its current stage.');
}

export function checkRefund({ attention }: SubscriptionState, request: RefundRequest): void {
  checkReadable(request);
  if (attention?.options.includes('refund')) return;
  refuse(
    'no-refund-offered',
    'A refund is offered only when the servers could not be made.',
    'Cancel instead.',
  );
}

export function checkRotateCredentials(
  { stage, attention, requests, unfinished, instances }: SubscriptionState,
  request: RotateCredentialsRequest,
): void {
  checkReadable(request);
  if (stage !== 'active' && stage !== 'past-due') {
    refuse(
      'not-running',
      `A subscription that is ${stage} has no running server.`,
      'Wait until it is active.',
    );
  }
  if (instances.some(({ keptOff }) => keptOff)) {
    refuse(
      'server-stopped',
      'A server is switched off, and gets no new password so.',
      'Start it, or ask for each server that runs.',
    );
  }
  const isUnderWay = unfinished.rotateCredentials !== null && attention?.reason !== 'rotation-failed';
  if (requests.rotateCredentials || isUnderWay) {
    refuse(
      'rotation-under-way',
      'New credentials are being made already.',
      'Wait for the mail with the link.',
    );
  }
}
