import { EntitySchema } from 'typeorm';
import type { Actor } from '../../subscriptions/lifecycle.ts';
import { id, instant, json, named, optional, tenantId, text } from './columns.ts';

/** Who did what to what; appended only (the role may not change or delete). */
export interface AuditEvent {
  id: string;
  tenantId: string;
  at: Date;
  actorKind: Actor['kind'];
  actorId: string;
  action: string;
  subjectKind: string;
  subjectId: string;
  data: Record<string, unknown>;
  dedupeKey: string | null;
}

export const AuditEvents = new EntitySchema<AuditEvent>({
  name: 'AuditEvent',
  tableName: 'audit_events',
  columns: {
    id,
    tenantId,
    at: instant,
    actorKind: named('actor_kind', text),
    actorId: named('actor_id', text),
    action: text,
    subjectKind: named('subject_kind', text),
    subjectId: named('subject_id', text),
    data: json,
    dedupeKey: optional('dedupe_key', text),
  },
});
