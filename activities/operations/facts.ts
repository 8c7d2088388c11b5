/** How an operation ended, on record: its row, the customer's timeline and the audit trail, in one transaction. */
import type { DataSource, EntityManager } from 'typeorm';
import { InstanceAddresses, InstanceDisks } from '../../schemas/db/entities/instance-extra.ts';
import { Instances } from '../../schemas/db/entities/instance.ts';
import { type Operation, Operations } from '../../schemas/db/entities/operation.ts';
import { Snapshots } from '../../schemas/db/entities/snapshot.ts';
import { closeOperation } from '../../schemas/db/operations.ts';
import { isBackup } from './snapshots.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { writeTimeline } from '../../schemas/db/trail.ts';
import type { OperationFailure } from '../../schemas/operations/operations.ts';
import type { InstanceState } from '../../schemas/subscriptions/lifecycle.ts';

export interface Ending {
  tenantId: string;
  operationId: string;
  instanceId: string;
  failure: OperationFailure | null;
}

export type OperationFacts = ReturnType<typeof createOperationFacts>;

export function createOperationFacts({ db }: { db: DataSource }) {
  return {
    /** Writes down how it ended; the same again changes nothing. Returns how the server stands after it, `null` if there is none. */
    async finishOperation(ending: Ending): Promise<{ instanceState: InstanceState | null }> {
      const { tenantId, operationId, instanceId, failure } = ending;
      return withTenant(db, tenantId, async (tx) => {
        const by = { kind: 'system', id: 'lifecycle' } as const;
        if (await closeOperation(tx, { tenantId, operationId, by, failure })) {
          const operation = await tx.getRepository(Operations).findOneByOrFail({ id: operationId });
          await tell(tx, operation);
          if (failure) await giveUpParts(tx, operationId);
        }
        const instance = await tx.getRepository(Instances).findOneBy({ id: instanceId });
        return { instanceState: instance?.state ?? null };
      });
    },
  };
}

async function tell(tx: EntityManager, operation: Operation): Promise<void> {
  const { id, tenantId, subscriptionId, instanceId, kind, failure } = operation;
  // Every day's backup is no news, unless it came to nothing.
  if (isBackup(operation) && !failure) return;
  const { ordinal, hostname } = await tx.getRepository(Instances).findOneByOrFail({ id: instanceId });
  await writeTimeline(tx, {
    tenantId,
    subscriptionId,
    kind: failure ? 'operation-failed' : 'operation-done',
    data: { operation: kind, ordinal, hostname, ...(failure ? { reason: failure.reason } : {}) },
    dedupeKey: `operation/${id}`,
  });
}

/** What it was about to make has its id. It is looked for once more when the server goes. */
async function giveUpParts(tx: EntityManager, id: string): Promise<void> {
  await tx.getRepository(Snapshots).update({ id, state: 'pending' }, { state: 'failed' });
  await tx.getRepository(InstanceDisks).update({ id, state: 'adding' }, { state: 'failed' });
  await tx.getRepository(InstanceAddresses).update({ id, state: 'adding' }, { state: 'failed' });
}
