import { EntitySchema } from 'typeorm';
import type { SnapshotOrigin, SnapshotState } from '../../operations/operations.ts';
import { id, instant, named, optional, tenantId, text, uuid } from './columns.ts';

/** A snapshot that a person or the schedule ordered. The last one before a deletion stands with its instance. */
export interface Snapshot {
  id: string;
  tenantId: string;
  /** Whose disk it is; a server made anew in the same place takes over its predecessor's. */
  instanceId: string;
  key: string;
  provider: string;
  providerRef: string | null;
  origin: SnapshotOrigin;
  state: SnapshotState;
  label: string | null;
  sizeBytes: number | null;
  /** Last time that the order was sent. */
  callSentAt: Date | null;
  createdAt: Date;
  completedAt: Date | null;
  /** When it may be deleted; `null`: with its instance. */
  expiresAt: Date | null;
  deletedAt: Date | null;
}

export const Snapshots = new EntitySchema<Snapshot>({
  name: 'Snapshot',
  tableName: 'snapshots',
  columns: {
    id,
    tenantId,
    instanceId: named('instance_id', uuid),
    key: text,
    provider: text,
    providerRef: optional('provider_ref', text),
    origin: text,
    state: text,
    label: optional('label', text),
    sizeBytes: {
      ...optional('size_bytes', { type: 'bigint' }),
      transformer: {
        to: (value: number | null) => value,
        from: (value: string | null) => (value === null ? null : Number(value)),
      },
    },
    callSentAt: optional('call_sent_at', instant),
    createdAt: named('created_at', instant),
    completedAt: optional('completed_at', instant),
    expiresAt: optional('expires_at', instant),
    deletedAt: optional('deleted_at', instant),
  },
});
