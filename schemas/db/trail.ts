/** The two trails: what the customer sees happening (timeline) and who did what (audit). Both are appended only. */
import { v7 as uuidv7 } from 'uuid';
import type { EntityManager } from 'typeorm';
import type { TimelineKind } from '../api/shop.ts';
import type { Actor } from '../subscriptions/lifecycle.ts';

/** Adds an entry to a subscription's timeline; the same `dedupeKey` again adds nothing. Never secrets in `data`. */
export async function writeTimeline(
  tx: EntityManager,
  entry: {
    tenantId: string;
    subscriptionId: string;
    kind: TimelineKind;
    data: Record<string, string | number | boolean | null>;
    dedupeKey: string;
  },
): Promise<void> {
  await tx.query(
    `insert into timeline (tenant_id, subscription_id, at, kind, data, dedupe_key) values ($1, $2, clock_timestamp(), $3, $4, $5)
     on conflict (tenant_id, dedupe_key) do nothing`,
    [entry.tenantId, entry.subscriptionId, entry.kind, JSON.stringify(entry.data), entry.dedupeKey],
  );
}

/** Adds an audit event. `false` if one with this `dedupeKey` is there already: the step was done before. */
export async function writeAudit(
  tx: EntityManager,
  event: {
    tenantId: string;
    by: Actor;
    action: string;
    subject: { kind: string; id: string };
    data: Record<string, unknown>;
    dedupeKey?: string;
  },
): Promise<boolean> {
  const rows: unknown[] = await tx.query(
    `insert into audit_events (id, tenant_id, actor_kind, actor_id, action, subject_kind, subject_id, data, dedupe_key)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (tenant_id, dedupe_key) where dedupe_key is not null do nothing returning id`,
    [
      uuidv7(),
      event.tenantId,
      event.by.kind,
      event.by.id,
      event.action,
      event.subject.kind,
      event.subject.id,
      JSON.stringify(event.data),
      event.dedupeKey ?? null,
    ],
  );
  return rows.length > 0;
}
