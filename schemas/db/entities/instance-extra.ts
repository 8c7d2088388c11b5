import { EntitySchema } from 'typeorm';
import type { ExtraState } from '../../operations/operations.ts';
import { id, instant, integer, json, named, optional, tenantId, text, uuid } from './columns.ts';

interface InstanceExtra {
  id: string;
  tenantId: string;
  /** Whose it is; a server made anew in the same place takes over its predecessor's, to give them back. */
  instanceId: string;
  /** The provider's instance that it was ordered for. */
  instanceRef: string;
  providerRef: string | null;
  state: ExtraState;
  /** Last time that the order was sent. */
  callSentAt: Date | null;
  createdAt: Date;
  deletedAt: Date | null;
}

/** A disk beside the plan's own. */
export interface InstanceDisk extends InstanceExtra {
  key: string;
  sizeGb: number;
}

/** A public address beside the first one. It bears no key: what was there before it was ordered tells which one is new. */
export interface InstanceAddress extends InstanceExtra {
  family: 4 | 6;
  address: string | null;
  /** References of the addresses that the instance had before. */
  knownBefore: string[];
}

const common = {
  id,
  tenantId,
  instanceId: named('instance_id', uuid),
  instanceRef: named('instance_ref', text),
  providerRef: optional('provider_ref', text),
  state: text,
  callSentAt: optional('call_sent_at', instant),
  createdAt: named('created_at', instant),
  deletedAt: optional('deleted_at', instant),
};

export const InstanceDisks = new EntitySchema<InstanceDisk>({
  name: 'InstanceDisk',
  tableName: 'instance_disks',
  columns: { ...common, key: text, sizeGb: named('size_gb', integer) },
});

export const InstanceAddresses = new EntitySchema<InstanceAddress>({
  name: 'InstanceAddress',
  tableName: 'instance_addresses',
  columns: {
    ...common,
    family: integer,
    address: optional('address', text),
    knownBefore: named('known_before', json),
  },
});
