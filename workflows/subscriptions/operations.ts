/**
 * Operations on single servers, beside the story: one at a time on each server, different servers side by side. Whatever becomes of one,
 * the subscription goes on; who asked sees how it ended.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import { OPERATION_REASONS, OPERATIONS, type OperationFailure } from '../../schemas/operations/operations.ts';
import { facts, hypervisor } from '../activities.ts';
import { MINUTE_MS } from '../durations.ts';
import { whyUnfit } from './operation-rules.ts';
import {
  firstReady,
  isLeaving,
  isRunningStage,
  type PendingOperation,
  queuedOf,
  settleOperation,
} from './operations-state.ts';
import { type InstanceRef, type Life, providerOf } from './state.ts';
import { explain, nextKey, rootOf, showDetails, tell } from './steps.ts';

const SUPERSEDED: OperationFailure = {
  reason: OPERATION_REASONS.superseded,
  message: 'The subscription was suspended or ended before its turn came.',
  nextStep: 'Ask again when it runs.',
};
/** For failures that say no next step of their own. */
const LOOK = 'Look at the server, and ask again when the cause is mended.';

/** Begins each operation when its turn comes, for as long as the run lasts. */
export async function operate(life: Life): Promise<never> {
  for (;;) {
    await condition(() => nextOperation(life) !== undefined);
    const operation = nextOperation(life);
    if (!operation) continue;
    operation.running = true;
    const work = perform(life, operation).finally(() => life.operations.delete(work));
    life.operations.add(work);
  }
}

/** What is still queued has come too late: it is answered so. What is under way goes on to its end. */
export async function dropQueued({ input, state }: Life): Promise<void> {
  const { tenantId } = input;
  for (const { operationId, instanceId } of queuedOf(state)) {
    settleOperation(state, operationId);
    await facts.finishOperation({ tenantId, operationId, instanceId, failure: SUPERSEDED });
  }
}

function nextOperation(life: Life): PendingOperation | undefined {
  const { state, held } = life;
  if (held || !isRunningStage(state) || isLeaving(state) || isAboutToRenew(life)) return undefined;
  return firstReady(state);
}

/** The next run goes on with what is queued. */
function isAboutToRenew({ mails }: Life): boolean {
  return workflowInfo().continueAsNewSuggested && mails.size === 0;
}

async function perform(life: Life, operation: PendingOperation): Promise<void> {
  const { input, state } = life;
  const { tenantId } = input;
  const { operationId, instanceId, kind } = operation;
  showDetails(life);
  const { failure, needsPerson } = await attemptOne(life, operation);
  const { instanceState } = await facts.finishOperation({ tenantId, operationId, instanceId, failure });
  const instance = state.instances.find(({ id }) => id === instanceId);
  if (instance) takeOver(instance, instanceState);
  settleOperation(state, operationId);
  showDetails(life);
  if (kind === 'rotate-credentials' && failure === null) await handOutLinks(life, instanceId);
  if (!failure || !needsPerson) return;
  const message = `${OPERATIONS[kind].label}, server ${instance?.ordinal ?? '?'}: ${failure.message} ${failure.nextStep}`;
  void tell(life, 'staff-attention', { reason: 'operation-failed', message, options: '' });
}

interface Outcome {
  failure: OperationFailure | null;
  /** Staff are to look: asking again will not mend it. */
  needsPerson: boolean;
}

async function attemptOne(life: Life, operation: PendingOperation): Promise<Outcome> {
  const { input, state } = life;
  const { tenantId } = input;
  const { by, operationId, instanceId, kind } = operation;
  const unfit = whyUnfit(state, kind, instanceId);
  const instance = state.instances.find(({ id }) => id === instanceId);
  if (unfit || !instance) return { failure: unfit, needsPerson: false };
  const { label, deadlineMinutes } = OPERATIONS[kind];
  const at = hypervisor(providerOf(life, instance), deadlineMinutes * MINUTE_MS, {
    tenantId,
    // The clock does not wait for it as a person does.
    priority: by.kind === 'system' ? 'bulk' : 'request',
    summary: `${label}, server ${instance.ordinal}`,
  });
  try {
    await at.performOperation({ tenantId, instanceId, operationId, kind });
    return { failure: null, needsPerson: false };
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    return outcomeOf(error, deadlineMinutes);
  }
}

function outcomeOf(error: ActivityFailure, deadlineMinutes: number): Outcome {
  const { message, details } = explain(error);
  const root = rootOf(error);
  const type = root instanceof ApplicationFailure ? root.type : null;
  if (type === 'refused' || type === 'needs-a-human') {
    const { reason = type, nextStep = LOOK } = details ?? {};
    return { failure: { reason, message, nextStep }, needsPerson: type === 'needs-a-human' };
  }
  const tried = `It was tried for ${deadlineMinutes} minutes.`;
  const failure = {
    reason: OPERATION_REASONS.deadline,
    message: type === null ? tried : `${tried} ${message}`,
    nextStep: LOOK,
  };
  return { failure, needsPerson: true };
}

/** The row tells how the server stands, also after half of an operation. Off by its owner's choice, it stays off. */
function takeOver(instance: InstanceRef, now: string | null): void {
  if (now !== 'active' && now !== 'stopped') return;
  instance.state = now;
  instance.keptOff = now === 'stopped';
}

async function handOutLinks(life: Life, instanceId: string): Promise<void> {
  const { tenantId, subscriptionId } = life.input;
  const key = nextKey(life, 'rotate');
  await facts.renewLinks({ tenantId, subscriptionId, instanceIds: [instanceId], key });
  void tell(life, 'credentials-rotated');
}
