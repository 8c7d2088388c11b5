import type { DataSource } from 'typeorm';
import { withTenant } from '../../schemas/db/tenancy.ts';

const ONCE_PER_MS = 60_000;

/** When this process last wrote it down, per key; few keys, so it never grows large. */
const noted = new Map<string, number>();

/** Writes down that a key was used, at most once a minute; a key works also when this fails. */
export async function noteKeyUse(db: DataSource, tenantId: string, keyId: string): Promise<void> {
  const now = Date.now();
  if (now - (noted.get(keyId) ?? 0) < ONCE_PER_MS) return;
  noted.set(keyId, now);
  await withTenant(db, tenantId, (tx) =>
    tx.query(
      `update api_keys set last_used_at = now()
       where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
      [keyId],
    ),
  ).catch(() => noted.delete(keyId));
}
