import { EntitySchema } from 'typeorm';
import { id, instant, integer, json, named, optional, tenantId, text } from './columns.ts';

/** A request’s answer, kept to be given again. */
export interface IdempotencyKey {
  id: string;
  tenantId: string;
  scope: string;
  key: string;
  requestHash: string;
  status: number | null;
  response: unknown;
  createdAt: Date;
}

export const IdempotencyKeys = new EntitySchema<IdempotencyKey>({
  name: 'IdempotencyKey',
  tableName: 'idempotency_keys',
  columns: {
    id,
    tenantId,
    scope: text,
    key: text,
    requestHash: named('request_hash', text),
    status: optional('status', integer),
    response: optional('response', json),
    createdAt: named('created_at', instant),
  },
});
