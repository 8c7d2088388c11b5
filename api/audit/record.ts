import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../../schemas/subscriptions/lifecycle.ts';

export interface AuditRecord {
  tenantId: string;
  by: Actor;
  /** E.g. "order.placed", "subscription.suspend". */
  action: string;
  subject: { kind: 'subscription' | 'instance' | 'api-key'; id: string };
  /** No secrets. */
  data?: Record<string, unknown>;
  /** One entry per key, however often it is written. */
  dedupeKey?: string;
}

/** Adds to the audit trail in the fact's own transaction. `false` if it was there already. */
export async function recordAudit(tx: EntityManager, record: AuditRecord): Promise<boolean> {
  const { tenantId, by, action, subject, data = {}, dedupeKey = null } = record;
  const rows: unknown[] = await tx.query(
    `insert into audit_events (id, tenant_id, actor_kind, actor_id, action, subject_kind, subject_id, data, dedupe_key)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (tenant_id, dedupe_key) where dedupe_key is not null do nothing returning id`,
    [uuidv7(), tenantId, by.kind, by.id, action, subject.kind, subject.id, JSON.stringify(data), dedupeKey],
  );
  return rows.length > 0;
}
