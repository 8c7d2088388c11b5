/** Backups in our own database: who is due, asked for as anybody asks for an operation. */
import type { DataSource, EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Operations } from '../../schemas/db/entities/operation.ts';
import { appendToOutbox } from '../../schemas/db/outbox.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { writeAudit } from '../../schemas/db/trail.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import { BACKUP_CLOCK } from '../../schemas/operations/backups.ts';
import { OPERATIONS } from '../../schemas/operations/operations.ts';
import { DUE } from './due.ts';

/** More than so many of one tenant wait for the next round. */
const AT_ONCE = 200;

interface Due {
  instanceId: string;
  subscriptionId: string;
}

export type BackupFacts = ReturnType<typeof createBackupFacts>;

export function createBackupFacts({ db }: { db: DataSource }) {
  return {
    /** Ids of all tenants that have something running at the provider. */
    async tenantsAt({ provider }: { provider: string }): Promise<string[]> {
      const rows: { id: string }[] = await db.query('select tenure_tenants_at($1) as id order by id', [
        provider,
      ]);
      return rows.map(({ id }) => id);
    },

    /**
     * Asks for the backups that are due; how many. What is asked for is on record with its message to the subscription, so that whoever
     * asks again, or at the same time, asks for nothing more.
     */
    async askForBackups({ tenantId, provider }: { tenantId: string; provider: string }): Promise<number> {
      return withTenant(db, tenantId, async (tx) => {
        await tx.query(`select pg_advisory_xact_lock(hashtextextended('tenure/backups/' || $1, 0))`, [
          provider,
        ]);
        const due: Due[] = await tx.query(DUE, [provider, AT_ONCE]);
        for (const one of due) await ask(tx, tenantId, one);
        return due.length;
      });
    },
  };
}

async function ask(tx: EntityManager, tenantId: string, { instanceId, subscriptionId }: Due): Promise<void> {
  const operationId = uuidv7();
  const kind = 'take-snapshot';
  const by = BACKUP_CLOCK;
  await tx.getRepository(Operations).insert({
    ...{ id: operationId, tenantId, subscriptionId, instanceId, kind, request: { kind } },
    ...{ askedByKind: by.kind, askedById: by.id },
  });
  await writeAudit(tx, {
    tenantId,
    by,
    action: 'backup.asked',
    subject: { kind: 'instance', id: toEdgeId('instance', instanceId) },
    data: { operationId: toEdgeId('operation', operationId) },
    dedupeKey: `update/${operationId}`,
  });
  await appendToOutbox(tx, {
    tenantId,
    kind: 'subscription-update',
    subjectId: subscriptionId,
    payload: {
      update: OPERATIONS[kind].update,
      updateId: operationId,
      request: { by, operationId, instanceId },
    },
  });
}
