/** Operations on single servers that were asked for and are not over. Pure. */
import type { OperationAsked, OperationKind } from '../../schemas/operations/operations.ts';
import type { SubscriptionState } from './state.ts';

export interface PendingOperation extends OperationAsked {
  kind: OperationKind;
  running: boolean;
}

type Operating = Pick<SubscriptionState, 'operations'>;

/** Keeps what was asked for, in the order in which it came. */
export function noteOperation(state: Operating, kind: OperationKind, asked: OperationAsked): void {
  const { by, operationId, instanceId } = asked;
  state.operations = [...pendingOf(state), { by, operationId, instanceId, kind, running: false }];
}

/** Over, however it ended. */
export function settleOperation(state: Operating, operationId: string): void {
  state.operations = pendingOf(state).filter((operation) => operation.operationId !== operationId);
}

export function pendingOf({ operations }: Operating): PendingOperation[] {
  return operations ?? [];
}

/** What waits for its turn. */
export function queuedOf(state: Operating): PendingOperation[] {
  return pendingOf(state).filter(({ running }) => !running);
}

/** The first whose server has nothing else under way: one thing at a time is done to each. */
export function firstReady(state: Operating): PendingOperation | undefined {
  const busy = pendingOf(state).filter(({ running }) => running);
  return queuedOf(state).find(({ instanceId }) => busy.every((other) => other.instanceId !== instanceId));
}

/** Somebody has asked for the end or a suspension: what comes now, comes too late. */
export function isLeaving({ stage, requests }: Pick<SubscriptionState, 'stage' | 'requests'>): boolean {
  const { suspend, cancel } = requests;
  return suspend !== null || cancel?.when === 'now' || (cancel !== null && stage === 'past-due');
}

export function isRunningStage({ stage }: Pick<SubscriptionState, 'stage'>): boolean {
  return stage === 'active' || stage === 'past-due';
}
