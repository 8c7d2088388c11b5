/** The rows of operations, and of what they make, around a provider's calls. */
import type { DataSource, EntitySchema, ObjectLiteral } from 'typeorm';
import {
  type InstanceAddress,
  InstanceAddresses,
  type InstanceDisk,
  InstanceDisks,
} from '../../schemas/db/entities/instance-extra.ts';
import type { Instance } from '../../schemas/db/entities/instance.ts';
import { type Operation, Operations } from '../../schemas/db/entities/operation.ts';
import { type Snapshot, Snapshots } from '../../schemas/db/entities/snapshot.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import { OPERATION_REASONS } from '../../schemas/operations/operations.ts';

interface Part extends ObjectLiteral {
  id: string;
  tenantId: string;
  instanceId: string;
  deletedAt: Date | null;
}

export type OperationRows = ReturnType<typeof createOperationRows>;

export function createOperationRows(db: DataSource) {
  return {
    /** The operation, running from now on unless it is over. @throws TenureFailure `refused` if there is none */
    async begin({
      tenantId,
      operationId: id,
    }: {
      tenantId: string;
      operationId: string;
    }): Promise<Operation> {
      return withTenant(db, tenantId, async (tx) => {
        const operations = tx.getRepository(Operations);
        await operations.update({ id, state: 'accepted' }, { state: 'running', startedAt: new Date() });
        const operation = await operations.findOneBy({ id });
        if (operation) return operation;
        throw new TenureFailure('refused', `There is no operation ${id}.`, {
          reason: OPERATION_REASONS.refused,
          nextStep: 'Ask for it anew.',
        });
      });
    },

    async save({ tenantId, id }: Operation, facts: Partial<Operation>): Promise<void> {
      await withTenant(db, tenantId, (tx) => tx.getRepository(Operations).update({ id }, facts));
    },

    snapshots: parts<Snapshot>(db, Snapshots),
    disks: parts<InstanceDisk>(db, InstanceDisks),
    addresses: parts<InstanceAddress>(db, InstanceAddresses),
  };
}

export type PartRows<P extends Part> = ReturnType<typeof parts<P>>;

/** What an operation makes beside its instance. */
function parts<P extends Part>(db: DataSource, entity: EntitySchema<P>) {
  return {
    /** Writes it down unless it is there; returns what is there. */
    async intend(row: Partial<P> & Pick<P, 'id' | 'tenantId'>): Promise<P> {
      return withTenant(db, row.tenantId, async (tx) => {
        const rows = tx.getRepository(entity);
        await rows.createQueryBuilder().insert().values(row).orIgnore().execute();
        return rows.findOneByOrFail({ id: row.id } as never);
      });
    },

    /** One of this instance that is not gone. @throws TenureFailure `refused` (`unknown-part`) */
    async of({ tenantId, id: instanceId }: Instance, id: string | null): Promise<P> {
      const found = await withTenant(db, tenantId, (tx) =>
        tx.getRepository(entity).findOneBy({ id, instanceId } as never),
      );
      if (found?.deletedAt === null) return found;
      throw new TenureFailure('refused', 'This server has no such part.', {
        reason: OPERATION_REASONS.unknownPart,
        nextStep: 'Look what it has now, and choose from that.',
      });
    },

    async save({ tenantId, id }: P, facts: Partial<P>): Promise<void> {
      await withTenant(db, tenantId, (tx) =>
        tx.getRepository(entity).update({ id } as never, facts as never),
      );
    },
  };
}
