/** Writing down one step of a subscription's story, in one statement: this is what a workflow does most. */
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { TimelineKind } from '../../schemas/api/shop.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import type { Actor, Attention, Stage } from '../../schemas/subscriptions/lifecycle.ts';

export interface ProgressNote {
  kind: TimelineKind;
  data: Record<string, string | number | boolean | null>;
}

export interface Progress {
  tenantId: string;
  subscriptionId: string;
  /** Business key of the step. */
  key: string;
  stage: Stage;
  summary: string;
  dueAt: string | null;
  attention: Attention | null;
  cancelAtPeriodEnd: boolean;
  by: Actor;
  notes: ProgressNote[];
}

// The audit event decides whether the step is new; standing and timeline follow only then.
const PROGRESS = `
with step as (
  insert into audit_events (id, tenant_id, actor_kind, actor_id, action, subject_kind, subject_id, data, dedupe_key)
  values ($1, $2, $3, $4, $5, 'subscription', $6, $7, $8)
  on conflict (tenant_id, dedupe_key) where dedupe_key is not null do nothing
  returning tenant_id
), standing as (
  update subscriptions s
  set stage = $10, summary = $11, due_at = $12, attention = $13, cancel_at_period_end = $14, updated_at = now()
  from step where s.id = $9 and s.tenant_id = step.tenant_id
)
insert into timeline (tenant_id, subscription_id, at, kind, data, dedupe_key)
select step.tenant_id, $9, clock_timestamp(), note.kind, note.data, $8::text || '/' || (note.place - 1)
from step, rows from (jsonb_to_recordset($15) as (kind text, data jsonb)) with ordinality as note (kind, data, place)
order by note.place
on conflict (tenant_id, dedupe_key) do nothing`;

/** Writes where the subscription stands, its timeline entries and the audit event: all, or nothing if it was done before. */
export async function writeProgress(tx: EntityManager, progress: Progress): Promise<void> {
  const { tenantId, subscriptionId, key, by, stage, summary, notes } = progress;
  await tx.query(PROGRESS, [
    uuidv7(),
    tenantId,
    by.kind,
    by.id,
    `subscription.${notes[0]?.kind ?? stage}`,
    toEdgeId('subscription', subscriptionId),
    JSON.stringify({ stage, summary }),
    key,
    subscriptionId,
    stage,
    summary,
    progress.dueAt,
    progress.attention === null ? null : JSON.stringify(progress.attention),
    progress.cancelAtPeriodEnd,
    JSON.stringify(notes),
  ]);
}
