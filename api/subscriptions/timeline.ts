import type { TimelineEntry as TimelineEntryView } from '../../schemas/api/shop.ts';
import type { TimelineEntry } from '../../schemas/db/entities/timeline-entry.ts';

export function timelineView({ seq, at, kind, data }: TimelineEntry): TimelineEntryView {
  return { seq: Number(seq), at: at.toISOString(), kind, data };
}
