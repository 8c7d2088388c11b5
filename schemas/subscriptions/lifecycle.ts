/**
 * A subscription's stages and the messages its workflow understands. Pure and plain JSON: it is shared by workflows,
 * activities and the API, and survives continue-as-new.
 */
import type { Language } from '../language.ts';
import type { PlanTerms } from '../catalog/plan.ts';
import type { Currency } from '../money.ts';

export const STAGES = [
  'awaiting-payment',
  'provisioning',
  'active',
  'past-due',
  'suspended',
  'cancelling',
  'torn-down',
] as const;
export type Stage = (typeof STAGES)[number];

/** Why a person is needed; each has an entry in docs/operations.md. */
export const ATTENTION_REASONS = [
  'provisioning-failed',
  'compensation-failed',
  'suspend-failed',
  'resume-failed',
  'teardown-failed',
  'billing-failed',
  'rotation-failed',
  'mail-failed',
  'instance-missing',
  'plan-change-failed',
] as const;
export type AttentionReason = (typeof ATTENTION_REASONS)[number];

export interface Attention {
  reason: AttentionReason;
  /** One sentence for staff: what happened. */
  message: string;
  /** What can be done about it now. */
  options: ('retry' | 'refund')[];
  /** ISO 8601 instant. */
  since: string;
}

/**
 * How the payment stands, read afresh from the payment provider (an event is only a hint to look).
 * `unpaid` nothing paid yet · `processing` a debit is under way · `paid` all due invoices are paid · `past-due` a renewal
 * failed · `ended` billing is over at the provider · `expired` the checkout was not completed in time.
 */
export const BILLING_STANDINGS = ['unpaid', 'processing', 'paid', 'past-due', 'ended', 'expired'] as const;
export type BillingStanding = (typeof BILLING_STANDINGS)[number];

/** Sent by the payments inbox when the standing changed; `version` grows by one with each change in the database. */
export interface BillingChanged {
  standing: BillingStanding;
  version: number;
  /** End of the paid period, ISO 8601, if known. */
  periodEnd: string | null;
  /** The provider's event that made us look, for the trace. */
  eventId: string;
}

/** Who asks; goes to the audit trail. */
export interface Actor {
  kind: 'customer' | 'staff' | 'system';
  /** API key id, customer id, or the name of the part of the system. */
  id: string;
}

export interface SuspendRequest {
  by: Actor;
  reason: string;
}
export interface ResumeRequest {
  by: Actor;
}
export interface CancelRequest {
  by: Actor;
  when: 'now' | 'period-end';
  reason: string;
}
export interface RetryRequest {
  by: Actor;
}
export interface RefundRequest {
  by: Actor;
  reason: string;
}
export interface RotateCredentialsRequest {
  by: Actor;
}

/** Sent by the reconciler: an instance is gone at its provider, or runs where it should not, or the other way round. */
export interface InstanceDrifted {
  instanceId: string;
  finding: 'missing' | 'power';
}

/** What an update answers, and what the status query returns. */
export interface SubscriptionStatus {
  stage: Stage;
  attention: Attention | null;
  /** Plain sentence for people, as in the Temporal UI. */
  summary: string;
  /** When the current wait ends by itself (suspension, teardown, …), ISO 8601. */
  dueAt: string | null;
  cancelAtPeriodEnd: boolean;
  instances: { id: string; ordinal: number; state: InstanceState }[];
}

export const INSTANCE_STATES = [
  'reserved',
  'creating',
  'ready',
  'active',
  'stopped',
  'deleting',
  'deleted',
  'failed',
] as const;
export type InstanceState = (typeof INSTANCE_STATES)[number];

/** The workflow's argument. Facts that never change after the purchase; secrets are looked up by activities. */
export interface SubscriptionInput {
  tenantId: string;
  subscriptionId: string;
  customerId: string;
  language: Language;
  quantity: number;
  currency: Currency;
  region: string;
  provider: string;
  /** ISO 8601 instant after which the checkout can no longer be paid. */
  checkoutExpiresAt: string;
  terms: WorkflowTerms;
  /** Set if it was taken over with its servers as they ran: nothing is to be paid first, and nothing to be made. */
  imported?: ImportedLife;
}

/** How a life begins that began elsewhere. */
export interface ImportedLife {
  instances: { id: string; ordinal: number; state: InstanceState; provider: string }[];
  billing: { standing: BillingStanding; version: number; periodEnd: string | null };
  /** It was cancelled before: it ends with the paid period. */
  cancelAtPeriodEnd: boolean;
  /** Whether the customer is told by mail. */
  tellCustomer: boolean;
}

/** The part of the plan's terms that decides what happens and when. */
export type WorkflowTerms = Pick<
  PlanTerms,
  'key' | 'name' | 'credentialDelivery' | 'provisioning' | 'overdue' | 'retention'
> & {
  version: number;
};

/** The workflow type's name. */
export const SUBSCRIPTION_WORKFLOW = 'subscription';
