/** Ending an operation, by whoever knows that it has ended: the workflow, or the API and the relay if the workflow refused it. */
import type { EntityManager } from 'typeorm';
import { toEdgeId } from '../ids.ts';
import type { OperationFailure, OperationKind } from '../operations/operations.ts';
import type { Actor } from '../subscriptions/lifecycle.ts';
import { writeAudit } from './trail.ts';

// A link to the screen is no use for longer than it holds: others whose time is over go with each that ends.
const CLOSE = `
with forgotten as (
  update operations set sealed_link = null where sealed_link is not null and link_expires_at < now() and id <> $1
)
update operations set state = case when $2::jsonb is null then 'done' else 'failed' end, failure = $2, finished_at = clock_timestamp()
where id = $1 and state in ('accepted', 'running') returning kind, instance_id as "instanceId"`;

/** `false` if it had ended already, or there is none. */
export async function closeOperation(
  tx: EntityManager,
  ending: { tenantId: string; operationId: string; by: Actor; failure: OperationFailure | null },
): Promise<boolean> {
  const { tenantId, operationId, by, failure } = ending;
  const [closed]: [{ kind: OperationKind; instanceId: string }[], number] = await tx.query(CLOSE, [
    operationId,
    failure && JSON.stringify(failure),
  ]);
  const [operation] = closed;
  if (!operation) return false;
  await writeAudit(tx, {
    tenantId,
    by,
    action: failure ? 'operation.failed' : 'operation.done',
    subject: { kind: 'instance', id: toEdgeId('instance', operation.instanceId) },
    data: {
      operationId: toEdgeId('operation', operationId),
      kind: operation.kind,
      ...(failure ? { reason: failure.reason, message: failure.message } : {}),
    },
    dedupeKey: `operation/${operationId}/closed`,
  });
  return true;
}
