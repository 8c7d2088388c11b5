/** What staff and scripts see with an API key. */
import { z } from 'zod';
import { AccessProtocol } from '../catalog/access.ts';
import { BillingInterval, PlanKey } from '../catalog/plan.ts';
import { Language } from '../language.ts';
import { AmountMinor, Currency } from '../money.ts';
import { ATTENTION_REASONS, BILLING_STANDINGS, INSTANCE_STATES, STAGES } from '../subscriptions/lifecycle.ts';
import { EdgeId, Instant, PageQuery } from './common.ts';
import { EmailAddress, PersonName, singleLine } from './contact.ts';
import { PendingPlanChange } from './plan-changes.ts';

export const SCOPES = [
  'subscriptions:read',
  'subscriptions:write',
  'customers:read',
  'customers:write',
  'payments:read',
  'audit:read',
  'fleet:read',
  'fleet:write',
  'keys:write',
  'codec:decode',
] as const;
export const Scope = z.enum(SCOPES);
export type Scope = z.infer<typeof Scope>;

export const InstanceView = z.object({
  id: EdgeId('instance'),
  ordinal: z.int(),
  generation: z.int(),
  key: z.string(),
  state: z.enum(INSTANCE_STATES),
  provider: z.string(),
  /** Why it is there, in a sentence. */
  placementReason: z.string().nullable(),
  providerRef: z.string().nullable(),
  hostname: z.string(),
  address: z.string().nullable(),
  protocol: AccessProtocol,
  username: z.string(),
  fingerprint: z.string().nullable(),
  credentialsVerifiedAt: Instant.nullable(),
  finalSnapshotRef: z.string().nullable(),
  createdAt: Instant,
});
export type InstanceView = z.infer<typeof InstanceView>;

export const SubscriptionView = z.object({
  id: EdgeId('subscription'),
  workflowId: z.string(),
  temporalUrl: z.url(),
  stage: z.enum(STAGES),
  attention: z
    .object({
      reason: z.enum(ATTENTION_REASONS),
      message: z.string(),
      options: z.array(z.enum(['retry', 'refund'])),
      since: Instant,
    })
    .nullable(),
  customer: z.object({ id: EdgeId('customer'), email: z.string(), name: z.string().nullable() }),
  planKey: PlanKey,
  planVersion: z.int(),
  interval: BillingInterval,
  currency: Currency,
  amountMinor: AmountMinor,
  setupFeeMinor: AmountMinor,
  quantity: z.int(),
  region: z.string(),
  language: Language,
  billing: z.object({
    standing: z.enum(BILLING_STANDINGS),
    periodEnd: Instant.nullable(),
    endsAtPeriodEnd: z.boolean(),
    paidMinor: z.int(),
    checkoutRef: z.string().nullable(),
    billingRef: z.string().nullable(),
  }),
  dueAt: Instant.nullable(),
  cancelAtPeriodEnd: z.boolean(),
  /** A change of plan that is under way or planned. */
  pendingChange: PendingPlanChange.nullable(),
  instances: z.array(InstanceView),
  createdAt: Instant,
  updatedAt: Instant,
});
export type SubscriptionView = z.infer<typeof SubscriptionView>;

export const SubscriptionListQuery = PageQuery.extend({
  stage: z.enum(STAGES).optional(),
  attention: z.enum(['true', 'false']).optional(),
  customerId: EdgeId('customer').optional(),
});
export type SubscriptionListQuery = z.infer<typeof SubscriptionListQuery>;

export const CustomerView = z.object({
  id: EdgeId('customer'),
  email: z.string(),
  name: z.string().nullable(),
  /** Of mails to come. */
  language: Language,
  /** The payment provider's id; `null` until the order's payment page was opened. */
  paymentRef: z.string().nullable(),
  createdAt: Instant,
});
export type CustomerView = z.infer<typeof CustomerView>;

export const CustomerListQuery = PageQuery.extend({
  /** The whole address, in upper or lower case. */
  email: z.string().min(1).max(254).optional(),
});
export type CustomerListQuery = z.infer<typeof CustomerListQuery>;

/** What is left out stays as it is. */
export const CustomerChange = z.strictObject({
  email: EmailAddress.optional(),
  name: PersonName.optional(),
  language: Language.optional(),
});
export type CustomerChange = z.infer<typeof CustomerChange>;

const reason = z.string().trim().min(1).max(500).refine(singleLine, 'must be one line');

export const SuspendBody = z.strictObject({ reason });
export const CancelBody = z.strictObject({ when: z.enum(['now', 'period-end']), reason });
export const RefundBody = z.strictObject({ reason });
export const EmptyBody = z.strictObject({});

export const AuditEventView = z.object({
  id: EdgeId('auditEvent'),
  at: Instant,
  actorKind: z.enum(['customer', 'staff', 'system']),
  actorId: z.string(),
  action: z.string(),
  subjectKind: z.string(),
  subjectId: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export type AuditEventView = z.infer<typeof AuditEventView>;

export const PaymentEventView = z.object({
  id: EdgeId('paymentEvent'),
  eventId: z.string(),
  type: z.string(),
  occurredAt: Instant,
  receivedAt: Instant,
  /** `stored` waits · `applied` acted on · `ignored` not ours or of no consequence · `failed` being retried. */
  state: z.enum(['stored', 'applied', 'ignored', 'failed']),
  subscriptionId: EdgeId('subscription').nullable(),
  detail: z.string().nullable(),
});
export type PaymentEventView = z.infer<typeof PaymentEventView>;

export const ApiKeyView = z.object({
  id: EdgeId('apiKey'),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(Scope),
  createdAt: Instant,
  lastUsedAt: Instant.nullable(),
  expiresAt: Instant.nullable(),
  revokedAt: Instant.nullable(),
});
export type ApiKeyView = z.infer<typeof ApiKeyView>;

export const CreateApiKeyBody = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(Scope).min(1),
  expiresAt: Instant.optional(),
});

export const CreatedApiKey = ApiKeyView.extend({ secret: z.string().describe('shown once') });
