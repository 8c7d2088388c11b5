import { DataSource } from 'typeorm';
import { ENTITIES } from './entities/index.ts';
import { First0001 } from './migrations/0001-first.ts';
import { Customers0002 } from './migrations/0002-customers.ts';
import { Reconcile0003 } from './migrations/0003-reconcile.ts';
import { Placement0004 } from './migrations/0004-placement.ts';

export interface DatabaseOptions {
  url: string;
  poolSize: number;
  /** Shown in pg_stat_activity, e.g. "tenure-api". */
  applicationName: string;
}

/** A data source over Tenure's tables; not connected yet. Schema changes come from migrations only. */
export function createDataSource({ url, poolSize, applicationName }: DatabaseOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    applicationName,
    poolSize,
    entities: ENTITIES,
    migrations: [First0001, Customers0002, Reconcile0003, Placement0004],
    migrationsTableName: 'tenure_migrations',
    synchronize: false,
    logging: false,
    // A dead database must be an error soon, so that a worker's retry and a request's 503 come in time.
    extra: { connectionTimeoutMillis: 5_000, query_timeout: 15_000, keepAlive: true },
    poolErrorHandler: () => undefined,
  });
}

/** Connects and returns the data source. @throws the driver's error if the database cannot be reached. */
export async function openDatabase(options: DatabaseOptions): Promise<DataSource> {
  return createDataSource(options).initialize();
}
