import { EntitySchema } from 'typeorm';
import { id, instant, named, optional, tenantId, uuid } from './columns.ts';

/** A one-time, expiring link to an instance’s credentials. */
export interface CredentialLink {
  id: string;
  tenantId: string;
  instanceId: string;
  expiresAt: Date;
  openedAt: Date | null;
  replacedAt: Date | null;
  createdAt: Date;
}

export const CredentialLinks = new EntitySchema<CredentialLink>({
  name: 'CredentialLink',
  tableName: 'credential_links',
  columns: {
    id,
    tenantId,
    instanceId: named('instance_id', uuid),
    expiresAt: named('expires_at', instant),
    openedAt: optional('opened_at', instant),
    replacedAt: optional('replaced_at', instant),
    createdAt: named('created_at', instant),
  },
});
