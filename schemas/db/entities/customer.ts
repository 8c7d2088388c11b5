import { EntitySchema } from 'typeorm';
import type { Language } from '../../language.ts';
import { id, instant, named, optional, tenantId, text } from './columns.ts';

/** Who is billed. */
export interface Customer {
  id: string;
  tenantId: string;
  email: string;
  name: string | null;
  language: Language;
  /** The payment provider’s id. */
  paymentRef: string | null;
  createdAt: Date;
}

export const Customers = new EntitySchema<Customer>({
  name: 'Customer',
  tableName: 'customers',
  columns: {
    id,
    tenantId,
    email: text,
    name: optional('name', text),
    language: text,
    paymentRef: optional('payment_ref', text),
    createdAt: named('created_at', instant),
  },
});
