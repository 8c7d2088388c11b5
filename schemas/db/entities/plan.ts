import { EntitySchema } from 'typeorm';
import type { PlanTerms } from '../../catalog/plan.ts';
import { flag, id, instant, integer, named, tenantId, text } from './columns.ts';

/** One version of a plan as it was sold; never changed once written, except `onSale`. */
export interface Plan {
  id: string;
  tenantId: string;
  key: string;
  version: number;
  terms: PlanTerms;
  termsHash: string;
  onSale: boolean;
  createdAt: Date;
}

export const Plans = new EntitySchema<Plan>({
  name: 'Plan',
  tableName: 'plans',
  columns: {
    id,
    tenantId,
    key: text,
    version: integer,
    // Not jsonb: the order of providers and regions is the catalogue's.
    terms: { type: 'json' },
    termsHash: named('terms_hash', text),
    onSale: named('on_sale', flag),
    createdAt: named('created_at', instant),
  },
});
