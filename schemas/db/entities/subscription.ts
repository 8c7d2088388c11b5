import { EntitySchema } from 'typeorm';
import type { BillingInterval } from '../../catalog/plan.ts';
import type { Language } from '../../language.ts';
import type { Currency } from '../../money.ts';
import type { BilledElsewhere, Imported, PeriodicPrice } from '../../subscriptions/billed.ts';
import type { Attention, BillingStanding, Stage } from '../../subscriptions/lifecycle.ts';
import type { PendingChange } from '../../subscriptions/plan-change.ts';
import {
  amountMinor,
  flag,
  id,
  instant,
  integer,
  json,
  named,
  optional,
  tenantId,
  text,
  uuid,
} from './columns.ts';

/** A customer’s purchase of a plan. `stage`, `attention`, `summary` and `dueAt` are written by its workflow only. */
export interface Subscription {
  id: string;
  tenantId: string;
  customerId: string;
  planId: string;
  planKey: string;
  planVersion: number;
  interval: BillingInterval;
  currency: Currency;
  /** Per instance and interval. */
  amountMinor: number;
  setupFeeMinor: number;
  quantity: number;
  region: string;
  provider: string;
  language: Language;
  promotionCode: string | null;
  stage: Stage;
  attention: Attention | null;
  summary: string;
  dueAt: Date | null;
  cancelAtPeriodEnd: boolean;
  checkoutRef: string | null;
  checkoutUrl: string | null;
  checkoutExpiresAt: Date;
  billingRef: string | null;
  billingStanding: BillingStanding;
  /** Grows with each change of the standing or period. */
  billingVersion: number;
  periodEnd: Date | null;
  endsAtPeriodEnd: boolean;
  paidMinor: number;
  /** Set for what is billed by others: how it stands there, as far as our books know. */
  billedElsewhere: BilledElsewhere | null;
  /** What the payment provider charges each period, as last read. */
  billedPrice: PeriodicPrice | null;
  /** A change of plan that is under way or waits for the end of the period. */
  pendingChange: PendingChange | null;
  /** Set if it was taken over with its servers as they ran. */
  imported: Imported | null;
  createdAt: Date;
  updatedAt: Date;
}

export const Subscriptions = new EntitySchema<Subscription>({
  name: 'Subscription',
  tableName: 'subscriptions',
  columns: {
    id,
    tenantId,
    customerId: named('customer_id', uuid),
    planId: named('plan_id', uuid),
    planKey: named('plan_key', text),
    planVersion: named('plan_version', integer),
    interval: text,
    currency: text,
    amountMinor: named('amount_minor', amountMinor),
    setupFeeMinor: named('setup_fee_minor', amountMinor),
    quantity: integer,
    region: text,
    provider: text,
    language: text,
    promotionCode: optional('promotion_code', text),
    stage: text,
    attention: optional('attention', json),
    summary: text,
    dueAt: optional('due_at', instant),
    cancelAtPeriodEnd: named('cancel_at_period_end', flag),
    checkoutRef: optional('checkout_ref', text),
    checkoutUrl: optional('checkout_url', text),
    checkoutExpiresAt: named('checkout_expires_at', instant),
    billingRef: optional('billing_ref', text),
    billingStanding: named('billing_standing', text),
    billingVersion: named('billing_version', integer),
    periodEnd: optional('period_end', instant),
    endsAtPeriodEnd: named('ends_at_period_end', flag),
    paidMinor: named('paid_minor', amountMinor),
    billedElsewhere: optional('billed_elsewhere', text),
    billedPrice: optional('billed_price', json),
    pendingChange: optional('pending_change', json),
    imported: optional('imported', json),
    createdAt: named('created_at', instant),
    updatedAt: named('updated_at', instant),
  },
});
