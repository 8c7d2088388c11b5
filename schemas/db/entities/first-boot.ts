import { EntitySchema } from 'typeorm';
import { id, instant, named, optional, tenantId, text, uuid } from './columns.ts';

/** One first boot of an instance: what it reported, once, and whether its services have answered since. */
export interface FirstBoot {
  id: string;
  tenantId: string;
  instanceId: string;
  /** What began it: `create`, or the business key of a reinstallation. The newest of an instance counts. */
  occasion: string;
  /** After this no report is accepted. */
  expiresAt: Date;
  createdAt: Date;
  reportedAt: Date | null;
  status: 'ok' | 'failed' | null;
  /** The step that failed, or the last one. */
  stage: string | null;
  /** The end of its log, without secrets. */
  log: string | null;
  servicesAnsweredAt: Date | null;
}

export const FirstBoots = new EntitySchema<FirstBoot>({
  name: 'FirstBoot',
  tableName: 'first_boots',
  columns: {
    id,
    tenantId,
    instanceId: named('instance_id', uuid),
    occasion: text,
    expiresAt: named('expires_at', instant),
    createdAt: named('created_at', instant),
    reportedAt: optional('reported_at', instant),
    status: { type: 'text', nullable: true },
    stage: optional('stage', text),
    log: optional('log', text),
    servicesAnsweredAt: optional('services_answered_at', instant),
  },
});
