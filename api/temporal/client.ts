/** The messenger over a real Temporal client. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  isGrpcServiceError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { FailureDetails } from '../../schemas/failures.ts';
import { importWorkflowId, mailWorkflowId, subscriptionWorkflowId, toEdgeId } from '../../schemas/ids.ts';
import { IMPORT_WORKFLOW, type ImportInput } from '../../schemas/imports/entry.ts';
import { MAIL_WORKFLOW, type MailRequest } from '../../schemas/mail/request.ts';
import { PRIORITIES } from '../../schemas/priorities.ts';
import { LIFECYCLE_QUEUE } from '../../schemas/queues.ts';
import {
  TenureCustomer,
  TenureDueAt,
  TenurePlan,
  TenureProvider,
  TenureStage,
  TenureTenant,
} from '../../schemas/search-attributes.ts';
import {
  SUBSCRIPTION_WORKFLOW,
  type SubscriptionInput,
  type SubscriptionStatus,
} from '../../schemas/subscriptions/lifecycle.ts';
import { MessengerUnavailable, type SubscriptionMessenger, type UpdateOutcome } from './messenger.ts';

/** How long a caller waits for Temporal before the outbox takes over. */
const DEADLINE_MS = 5_000;
/** How long a workflow may be busy renewing its history, in steps. */
const RENEWAL_PAUSES_MS = [20, 50, 100, 200, 500];
/** gRPC's FAILED_PRECONDITION and ABORTED. */
const LET_GO = [9, 10];
/** A crashed worker's workflow task is given to another after this: the recovery's share that Temporal owns. */
const WORKFLOW_TASK_TIMEOUT = '5s';

export function createMessenger(client: Client): SubscriptionMessenger {
  const within = <T>(call: () => Promise<T>): Promise<T> =>
    client.connection.withDeadline(Date.now() + DEADLINE_MS, call);

  return {
    async start(input) {
      try {
        await within(() => client.workflow.start(SUBSCRIPTION_WORKFLOW, startOptions(input)));
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw unavailable(error);
      }
    },

    async billingChanged(input, change) {
      try {
        await within(() =>
          client.workflow.signalWithStart(SUBSCRIPTION_WORKFLOW, {
            ...startOptions(input),
            signal: 'billing-changed',
            signalArgs: [change],
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
        throw unavailable(error);
      }
    },

    async update(subscriptionId, update, updateId, request) {
      const handle = client.workflow.getHandle(subscriptionWorkflowId(subscriptionId));
      const execute = (): Promise<SubscriptionStatus> =>
        handle.executeUpdate<SubscriptionStatus, [typeof request]>(update, { updateId, args: [request] });
      try {
        return { outcome: 'done', status: await within(() => patiently(execute)) };
      } catch (error) {
        return outcomeOf(error);
      }
    },

    async sendMail(request) {
      try {
        await within(() => client.workflow.start(MAIL_WORKFLOW, mailOptions(request)));
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw unavailable(error);
      }
    },

    async startImport(input) {
      try {
        await within(() => client.workflow.start(IMPORT_WORKFLOW, importOptions(input)));
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw unavailable(error);
      }
    },

    async isReachable() {
      try {
        await within(() => client.workflowService.getSystemInfo({}));
        return true;
      } catch {
        return false;
      }
    },
  };
}

function startOptions(input: SubscriptionInput): WorkflowStartOptions & { args: [SubscriptionInput] } {
  return {
    workflowId: subscriptionWorkflowId(input.subscriptionId),
    taskQueue: LIFECYCLE_QUEUE,
    args: [input],
    // A subscription lives once: a late event must not bring a torn-down one back.
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    staticSummary: `${input.quantity} × ${input.terms.name.en} (${input.terms.key} v${input.terms.version})`,
    staticDetails: `Customer ${toEdgeId('customer', input.customerId)}, region ${input.region}, ${input.currency.toUpperCase()}.`,
    priority: { priorityKey: PRIORITIES.request, fairnessKey: input.tenantId },
    typedSearchAttributes: [
      { key: TenureTenant, value: toEdgeId('tenant', input.tenantId) },
      { key: TenureCustomer, value: toEdgeId('customer', input.customerId) },
      { key: TenureStage, value: input.imported ? 'active' : 'awaiting-payment' },
      { key: TenureProvider, value: input.provider },
      { key: TenurePlan, value: input.terms.key },
      ...(input.imported ? [] : [{ key: TenureDueAt, value: new Date(input.checkoutExpiresAt) }]),
    ],
  };
}

function mailOptions(request: MailRequest): WorkflowStartOptions & { args: [MailRequest] } {
  const { tenantId, subscriptionId, key, template } = request;
  return {
    workflowId: mailWorkflowId(key),
    taskQueue: LIFECYCLE_QUEUE,
    args: [request],
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    staticSummary: `Mail "${template}" about ${subscriptionWorkflowId(subscriptionId)}`,
    priority: { priorityKey: 2, fairnessKey: tenantId },
    typedSearchAttributes: [{ key: TenureTenant, value: toEdgeId('tenant', tenantId) }],
  };
}

function importOptions(input: ImportInput): WorkflowStartOptions & { args: [ImportInput] } {
  const { tenantId, importId } = input;
  return {
    workflowId: importWorkflowId(importId),
    taskQueue: LIFECYCLE_QUEUE,
    args: [input],
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    staticSummary: 'Takes over servers that run already.',
    priority: { priorityKey: PRIORITIES.bulk, fairnessKey: tenantId },
    typedSearchAttributes: [{ key: TenureTenant, value: toEdgeId('tenant', tenantId) }],
  };
}

/**
 * Repeats an update that fell into the moment in which the workflow's history is renewed. The server only lets it go then; its
 * id keeps it from acting twice.
 */
async function patiently<T>(execute: () => Promise<T>): Promise<T> {
  for (const pauseMs of RENEWAL_PAUSES_MS) {
    try {
      return await execute();
    } catch (error) {
      if (!isLetGo(error)) throw error;
      await sleep(pauseMs);
    }
  }
  return execute();
}

function isLetGo(error: unknown): boolean {
  const cause = error instanceof ServiceError ? error.cause : undefined;
  return isGrpcServiceError(cause) && LET_GO.includes(cause.code);
}

function outcomeOf(error: unknown): UpdateOutcome {
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    const { message, details } = error.cause;
    const { reason = 'refused', nextStep = 'Look at its current stage.' } = (details?.[0] ??
      {}) as Partial<FailureDetails>;
    return { outcome: 'rejected', reason, message, nextStep };
  }
  if (error instanceof WorkflowNotFoundError) return { outcome: 'finished' };
  throw unavailable(error);
}

/** Temporal's absence is one thing to callers; what else goes wrong is passed on. */
function unavailable(error: unknown): unknown {
  const isAbsence =
    error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
    error instanceof ServiceError ||
    isGrpcServiceError(error);
  return isAbsence ? new MessengerUnavailable({ cause: error }) : error;
}
