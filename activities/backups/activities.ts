/** Backups at their provider. */
import { In, type DataSource } from 'typeorm';
import { Snapshots } from '../../schemas/db/entities/snapshot.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { dropSnapshot, type SnapshotDependencies } from '../operations/snapshots.ts';
import { beating } from '../temporal.ts';
import { OUTLIVED } from './due.ts';

/** More than so many of one tenant wait for the next round. */
const AT_ONCE = 200;

export interface BackupDependencies extends SnapshotDependencies {
  db: DataSource;
}

export type BackupActivities = ReturnType<typeof createBackupActivities>;

export function createBackupActivities(deps: BackupDependencies) {
  return {
    /** Deletes the backups that have had their time; how many. May be repeated. */
    dropOldBackups: ({ tenantId }: { tenantId: string }): Promise<number> =>
      beating(async () => {
        const outlived = await withTenant(deps.db, tenantId, async (tx) => {
          const rows: { id: string }[] = await tx.query(OUTLIVED, [deps.hypervisor.name, AT_ONCE]);
          return tx.getRepository(Snapshots).findBy({ id: In(rows.map(({ id }) => id)) });
        });
        for (const snapshot of outlived) await dropSnapshot(deps, snapshot);
        return outlived.length;
      }),
  };
}
