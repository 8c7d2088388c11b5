/**
 * Asks a subscription's workflow for something. The request is written down first, with its trail and its outbox message; then it is
 * delivered at once if Temporal answers. If not, the relay delivers it later under the same update id, which never acts twice.
 */
import type { EntityManager } from 'typeorm';
import { Subscriptions } from '../../schemas/db/entities/subscription.ts';
import { appendToOutbox, markDelivered } from '../../schemas/db/outbox.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { writeAudit } from '../../schemas/db/trail.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import type { Actor } from '../../schemas/subscriptions/lifecycle.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { OperationFailure } from '../../schemas/operations/operations.ts';
import { PROBLEMS } from '../http/problem-catalogue.ts';
import { ApiProblem } from '../http/problem.ts';
import {
  MessengerUnavailable,
  type SubscriptionUpdate,
  type SubscriptionUpdates,
  type UpdateOutcome,
} from '../temporal/messenger.ts';

/** An update with what it takes. */
export type UpdateToRequest = {
  [U in SubscriptionUpdate]: { update: U; request: SubscriptionUpdates[U] };
}[SubscriptionUpdate];

export interface RequestedUpdate {
  tenantId: string;
  subscriptionId: string;
  /** Stable over repetitions of the same request. */
  updateId: string;
  by: Actor;
  asked: UpdateToRequest;
  /** In the trail in place of the subscription and the request itself. */
  about?: { subject: { kind: string; id: string }; data: Record<string, unknown> };
  /** Looks, in the same transaction, whether it may be asked at all, and writes what belongs to it; throws if not. */
  guard?: (tx: EntityManager) => Promise<void>;
  /** Writes down that the workflow will not do it. */
  refused?: (tx: EntityManager, failure: OperationFailure) => Promise<void>;
}

/**
 * `true` if the workflow has accepted it, `false` if that is still to come.
 *
 * @throws ApiProblem `action-not-possible` with the workflow's reason, `subscription-over`
 */
export async function requestUpdate(deps: ApiDependencies, requested: RequestedUpdate): Promise<boolean> {
  const outboxId = await writeDown(deps, requested);
  const outcome = await deliver(deps, requested);
  if (outcome === null || (outcome.outcome === 'finished' && !(await isOver(deps, requested)))) return false;
  const failure = failureOf(outcome);
  if (outboxId !== null) await settle(deps, requested, outboxId, failure);
  if (outcome.outcome === 'finished') throw new ApiProblem('subscription-over');
  if (outcome.outcome === 'rejected') {
    const { reason, message, nextStep } = outcome;
    throw new ApiProblem('action-not-possible', { reason, detail: message, nextStep });
  }
  return true;
}

/** The outbox id, or `null` if an earlier run of the same request wrote it down. */
async function writeDown(deps: ApiDependencies, requested: RequestedUpdate): Promise<string | null> {
  const { tenantId, subscriptionId, updateId, by, asked, about, guard } = requested;
  return withTenant(deps.db, tenantId, async (tx) => {
    const isNew = await writeAudit(tx, {
      tenantId,
      by,
      action: `subscription.${asked.update}`,
      subject: { kind: 'subscription', id: toEdgeId('subscription', subscriptionId) },
      data: describe(asked),
      ...about,
      dedupeKey: `update/${updateId}`,
    });
    if (!isNew) return null;
    await guard?.(tx);
    const payload = { ...asked, updateId };
    return appendToOutbox(tx, { tenantId, kind: 'subscription-update', subjectId: subscriptionId, payload });
  });
}

/** What was asked for, without who asked: the entry names them itself. */
function describe({ request }: UpdateToRequest): Record<string, unknown> {
  return Object.fromEntries(Object.entries(request).filter(([name]) => name !== 'by'));
}

/** `null` if it could not be delivered now. */
async function deliver(
  { messenger, logger }: ApiDependencies,
  { subscriptionId, updateId, asked }: RequestedUpdate,
): Promise<UpdateOutcome | null> {
  try {
    return await messenger.update(subscriptionId, asked.update, updateId, asked.request);
  } catch (error) {
    // Whatever it was, the relay has the request and goes on trying.
    const level = error instanceof MessengerUnavailable ? 'warn' : 'error';
    logger[level]({ err: error, subscriptionId, update: asked.update }, 'update left to the relay');
    return null;
  }
}

/** No workflow is not the same as one that is over: it may not have been started yet. */
async function isOver(
  { db }: ApiDependencies,
  { tenantId, subscriptionId }: RequestedUpdate,
): Promise<boolean> {
  const { stage } = await withTenant(db, tenantId, (tx) =>
    tx.getRepository(Subscriptions).findOneByOrFail({ id: subscriptionId }),
  );
  return stage === 'torn-down';
}

/** What the workflow said in place of doing it; `null` if it does it. */
export function failureOf(outcome: UpdateOutcome): OperationFailure | null {
  if (outcome.outcome === 'done') return null;
  if (outcome.outcome === 'finished') {
    const { title, nextStep } = PROBLEMS['subscription-over'];
    return { reason: 'subscription-over', message: `${title}.`, nextStep };
  }
  const { reason, message, nextStep } = outcome;
  return { reason, message, nextStep };
}

/** If this fails the relay delivers it once more, to no effect. */
async function settle(
  { db, logger }: ApiDependencies,
  { tenantId, refused }: RequestedUpdate,
  outboxId: string,
  failure: OperationFailure | null,
): Promise<void> {
  await withTenant(db, tenantId, async (tx) => {
    if (failure) await refused?.(tx, failure);
    await markDelivered(tx, outboxId);
  }).catch((error: unknown) => logger.warn({ err: error, outboxId }, 'outbox row not marked as delivered'));
}
