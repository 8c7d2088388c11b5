import { EntitySchema } from 'typeorm';
import type { AccessProtocol } from '../../catalog/plan.ts';
import type { InstanceState } from '../../subscriptions/lifecycle.ts';
import { id, instant, integer, named, optional, tenantId, text, uuid } from './columns.ts';

/** What a subscription runs. Written before the provider is asked, with the key that finds it again. */
export interface Instance {
  id: string;
  tenantId: string;
  subscriptionId: string;
  ordinal: number;
  generation: number;
  key: string;
  state: InstanceState;
  provider: string;
  /** Why this provider, in a sentence for staff; `null` for those made before there was a choice, or brought along. */
  placementReason: string | null;
  providerRef: string | null;
  hostname: string;
  region: string;
  address: string | null;
  protocol: AccessProtocol;
  port: number;
  username: string;
  /** Encrypted password. */
  secret: string;
  /** Encrypted password of a rotation under way. */
  pendingSecret: string | null;
  fingerprint: string | null;
  /** Last time a create was sent. */
  createStartedAt: Date | null;
  credentialsVerifiedAt: Date | null;
  finalSnapshotRef: string | null;
  deletedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

export const Instances = new EntitySchema<Instance>({
  name: 'Instance',
  tableName: 'instances',
  columns: {
    id,
    tenantId,
    subscriptionId: named('subscription_id', uuid),
    ordinal: integer,
    generation: integer,
    key: text,
    state: text,
    provider: text,
    placementReason: optional('placement_reason', text),
    providerRef: optional('provider_ref', text),
    hostname: text,
    region: text,
    address: optional('address', text),
    protocol: text,
    port: integer,
    username: text,
    secret: text,
    pendingSecret: optional('pending_secret', text),
    fingerprint: optional('fingerprint', text),
    createStartedAt: optional('create_started_at', instant),
    credentialsVerifiedAt: optional('credentials_verified_at', instant),
    finalSnapshotRef: optional('final_snapshot_ref', text),
    deletedAt: optional('deleted_at', instant),
    createdAt: named('created_at', instant),
    updatedAt: named('updated_at', instant),
  },
});
