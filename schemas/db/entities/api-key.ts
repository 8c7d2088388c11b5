import { EntitySchema } from 'typeorm';
import type { Scope } from '../../api/staff.ts';
import { id, instant, named, optional, tenantId, text } from './columns.ts';

/** A key for staff and scripts; only its hash is kept. */
export interface ApiKey {
  id: string;
  tenantId: string;
  name: string;
  prefix: string;
  hash: string;
  scopes: Scope[];
  createdAt: Date;
  lastUsedAt: Date | null;
  expiresAt: Date | null;
  revokedAt: Date | null;
}

export const ApiKeys = new EntitySchema<ApiKey>({
  name: 'ApiKey',
  tableName: 'api_keys',
  columns: {
    id,
    tenantId,
    name: text,
    prefix: text,
    hash: text,
    scopes: { type: 'text', array: true },
    createdAt: named('created_at', instant),
    lastUsedAt: optional('last_used_at', instant),
    expiresAt: optional('expires_at', instant),
    revokedAt: optional('revoked_at', instant),
  },
});
