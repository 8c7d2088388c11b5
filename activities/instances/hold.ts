import type { EntityManager } from 'typeorm';

/** Keeps everybody else from deciding whose a provider's resource is, until the transaction is over. */
export async function holdResource(tx: EntityManager, provider: string, ref: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 44))`, [`${provider}/${ref}`]);
}
