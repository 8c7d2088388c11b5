import { EntitySchema } from 'typeorm';
import { id, instant, named, optional, text, uuid } from './columns.ts';

/** An operator or reseller: the isolation boundary. */
export interface Tenant {
  id: string;
  slug: string;
  name: string;
  parentId: string | null;
  createdAt: Date;
}

export const Tenants = new EntitySchema<Tenant>({
  name: 'Tenant',
  tableName: 'tenants',
  columns: {
    id,
    slug: text,
    name: text,
    parentId: optional('parent_id', uuid),
    createdAt: named('created_at', instant),
  },
});
