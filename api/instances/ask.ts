/** Asking for an operation: its row, its trail and the message to the workflow commit together. */
import type { OperationView } from '../../schemas/api/instances.ts';
import { Operations } from '../../schemas/db/entities/operation.ts';
import { closeOperation } from '../../schemas/db/operations.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import { OPERATIONS } from '../../schemas/operations/operations.ts';
import type { OperationRequest } from '../../schemas/operations/requests.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { ApiProblem } from '../http/problem.ts';
import { requestUpdate } from '../updates/request-update.ts';
import { actorOf, findInstance, loadServer, type ServerFacts, type ServersCaller } from './find.ts';
import { whyNot } from './possible.ts';
import { operationView } from './view.ts';

export interface OperationToAsk {
  caller: ServersCaller;
  /** As it stands at the edge. */
  instanceId: string;
  request: OperationRequest;
  /** UUID; becomes the operation's id: stable over repetitions of the same request. */
  operationId: string;
}

/**
 * The operation as it stands when the workflow has accepted it, or when it is sure to hear of it.
 *
 * @throws ApiProblem `unknown-instance`; `action-not-possible` with the reason, also the driver's sentence for what its provider lacks
 */
export async function askForOperation(deps: ApiDependencies, asked: OperationToAsk): Promise<OperationView> {
  const { db, hypervisors } = deps;
  const { caller, operationId, request } = asked;
  const { tenantId, kind: asker } = caller;
  const mustBePossible = (facts: ServerFacts): void => {
    const why = whyNot(request.kind, facts, hypervisors, asker);
    if (why) throw new ApiProblem('action-not-possible', { reason: why.reason, detail: why.message });
  };
  const { instance, by } = await withTenant(db, tenantId, async (tx) => {
    const found = await findInstance(tx, caller, asked.instanceId);
    return { instance: found, by: await actorOf(tx, caller, found) };
  });
  const { id: instanceId, subscriptionId } = instance;
  await requestUpdate(deps, {
    tenantId,
    subscriptionId,
    updateId: operationId,
    by,
    asked: { update: OPERATIONS[request.kind].update, request: { by, operationId, instanceId } },
    about: {
      subject: { kind: 'instance', id: toEdgeId('instance', instanceId) },
      data: { operationId: toEdgeId('operation', operationId), ...request },
    },
    async guard(tx) {
      mustBePossible(await loadServer(tx, await findInstance(tx, caller, asked.instanceId)));
      await tx.getRepository(Operations).insert({
        ...{ id: operationId, tenantId, subscriptionId, instanceId, kind: request.kind, request },
        ...{ askedByKind: by.kind, askedById: by.id },
      });
    },
    refused: async (tx, failure) => void (await closeOperation(tx, { tenantId, operationId, by, failure })),
  });
  const operation = await withTenant(db, tenantId, (tx) =>
    tx.getRepository(Operations).findOneByOrFail({ id: operationId }),
  );
  return operationView(operation);
}
