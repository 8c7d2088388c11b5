import { DataSource } from 'typeorm';
import { mortalConnections } from './connection.ts';
import { ENTITIES } from './entities/index.ts';
import { First0001 } from './migrations/0001-first.ts';
import { Customers0002 } from './migrations/0002-customers.ts';
import { Reconcile0003 } from './migrations/0003-reconcile.ts';
import { Placement0004 } from './migrations/0004-placement.ts';
import { Operations0005 } from './migrations/0005-operations.ts';
import { Images0006 } from './migrations/0006-images.ts';
import { Imports0007 } from './migrations/0007-imports.ts';
import { Turns0008 } from './migrations/0008-turns.ts';
import { PlanChanges0009 } from './migrations/0009-plan-changes.ts';
import { Backups0010 } from './migrations/0010-backups.ts';

export interface DatabaseOptions {
  url: string;
  poolSize: number;
  /** Shown in pg_stat_activity, e.g. "tenure-api". */
  applicationName: string;
  /** How long a statement may take; see {@link mortalConnections}. */
  silentMs?: number;
}

/** A data source over Tenure's tables; not connected yet. Schema changes come from migrations only. */
export function createDataSource({ url, poolSize, applicationName, silentMs }: DatabaseOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    applicationName,
    poolSize,
    entities: ENTITIES,
    migrations: [
      First0001,
      Customers0002,
      Reconcile0003,
      Placement0004,
      Operations0005,
      Images0006,
      Imports0007,
      Turns0008,
      PlanChanges0009,
      Backups0010,
    ],
    migrationsTableName: 'tenure_migrations',
    synchronize: false,
    logging: false,
    // A dead database must be an error soon, so that a worker's retry and a request's 503 come in time.
    extra: mortalConnections(silentMs),
    poolErrorHandler: () => undefined,
  });
}

/** Connects and returns the data source. @throws the driver's error if the database cannot be reached. */
export async function openDatabase(options: DatabaseOptions): Promise<DataSource> {
  return createDataSource(options).initialize();
}
