import { EntitySchema } from 'typeorm';
import type { AccessProtocol } from '../../catalog/access.ts';
import type { FirewallRule } from '../../operations/firewall.ts';
import type { InstanceState } from '../../subscriptions/lifecycle.ts';
import { flag, id, instant, integer, json, named, optional, tenantId, text, uuid } from './columns.ts';

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
  /** The name that its customer gave it, also at the provider. */
  displayName: string | null;
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
  /** The rules of its own firewall; `null` if nobody has set any. */
  firewall: FirewallRule[] | null;
  /** The provider’s reference of one that was taken over as it ran: it does not bear our key. */
  adoptedRef: string | null;
  /** Its name at the provider by then: some providers give a reference away again. */
  adoptedName: string | null;
  /** Taken over without a password that works: nobody can try it, and nobody is shown it. */
  credentialsUnknown: boolean;
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
    displayName: optional('display_name', text),
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
    firewall: optional('firewall', json),
    adoptedRef: optional('adopted_ref', text),
    adoptedName: optional('adopted_name', text),
    credentialsUnknown: named('credentials_unknown', flag),
    deletedAt: optional('deleted_at', instant),
    createdAt: named('created_at', instant),
    updatedAt: named('updated_at', instant),
  },
});
