/** When an operation may be asked of a server. Synchronous and pure, as update validators must be. */
import {
  fits,
  OPERATION_REASONS,
  OPERATIONS,
  type OperationAsked,
  type OperationFailure,
  type OperationKind,
} from '../../schemas/operations/operations.ts';
import { isLeaving, isRunningStage, pendingOf } from './operations-state.ts';
import { isOperationAsked } from './reading.ts';
import { refuse } from './rules.ts';
import type { InstanceRef, SubscriptionState } from './state.ts';

export function checkOperation(state: SubscriptionState, kind: OperationKind, asked: OperationAsked): void {
  if (!isOperationAsked(asked)) refuse('unreadable', 'The request could not be read.', 'Send it again.');
  if (!isRunningStage(state)) {
    refuse(
      'not-running',
      `A subscription that is ${state.stage} has no running server.`,
      'Wait until it is active.',
    );
  }
  if (isLeaving(state)) {
    refuse('superseded', 'The subscription is being suspended or ended.', 'Ask again when it runs.');
  }
  const unfit = whyUnfit(state, kind, asked.instanceId);
  if (unfit) refuse(unfit.reason, unfit.message, unfit.nextStep);
  const isSame = pendingOf(state).some(
    (other) => other.kind === kind && other.instanceId === asked.instanceId,
  );
  if (isSame) {
    refuse(
      OPERATION_REASONS.underWay,
      `${OPERATIONS[kind].label}: that is under way for this server already.`,
      'Wait until it is done.',
    );
  }
}

/** Asked when it is, and again when its turn comes. `null` if it fits. */
export function whyUnfit(
  { instances }: Pick<SubscriptionState, 'instances'>,
  kind: OperationKind,
  instanceId: string,
): OperationFailure | null {
  const instance = instances.find(({ id, state }) => id === instanceId && state !== 'deleted');
  if (!instance) {
    return {
      reason: OPERATION_REASONS.unknownInstance,
      message: 'The subscription has no such server, or no longer.',
      nextStep: 'Look which servers it has now.',
    };
  }
  if (fits(kind, instance.state)) return null;
  return {
    reason: OPERATION_REASONS.notFitting,
    message: `${OPERATIONS[kind].label}: not possible while the server is ${instance.state}.`,
    nextStep: nextStepOf(instance),
  };
}

function nextStepOf({ state }: InstanceRef): string {
  if (state === 'stopped') return 'Start it first.';
  return state === 'active' ? 'Nothing is left to do.' : 'Wait until the server runs.';
}
