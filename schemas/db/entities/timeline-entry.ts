import { EntitySchema } from 'typeorm';
import type { TimelineKind } from '../../api/shop.ts';
import { instant, json, named, tenantId, text, uuid } from './columns.ts';

/** What the customer sees happening; appended only. */
export interface TimelineEntry {
  tenantId: string;
  seq: string;
  subscriptionId: string;
  at: Date;
  kind: TimelineKind;
  data: Record<string, string | number | boolean | null>;
  /** One entry per business step, however often it runs. */
  dedupeKey: string;
}

export const TimelineEntries = new EntitySchema<TimelineEntry>({
  name: 'TimelineEntry',
  tableName: 'timeline',
  columns: {
    tenantId,
    seq: { type: 'bigint', primary: true, generated: 'increment' },
    subscriptionId: named('subscription_id', uuid),
    at: instant,
    kind: text,
    data: json,
    dedupeKey: named('dedupe_key', text),
  },
});
