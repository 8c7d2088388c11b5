/** What a buyer's browser sees: the catalogue, the checkout, the order and its credentials. */
import { z } from 'zod';
import { AccessProtocol } from '../catalog/access.ts';
import { BillingInterval, PlanKey, PlanPrice, PlanResources } from '../catalog/plan.ts';
import { Language, LocalizedText } from '../language.ts';
import { AmountMinor, Currency } from '../money.ts';
import { INSTANCE_STATES, STAGES } from '../subscriptions/lifecycle.ts';
import { EdgeId, Instant } from './common.ts';
import { ServerOperations } from './instances.ts';
import { EmailAddress, PersonName, singleLine } from './contact.ts';
import { PendingPlanChange } from './plan-changes.ts';

export const ShopPlan = z.object({
  key: PlanKey,
  version: z.int(),
  name: LocalizedText,
  description: LocalizedText,
  highlights: z.array(LocalizedText),
  prices: z.array(PlanPrice),
  resources: PlanResources,
  imageName: LocalizedText,
  protocol: AccessProtocol,
  uptimePercent: z.number(),
  maxQuantity: z.int(),
  regions: z.array(z.object({ key: z.string(), label: LocalizedText })),
  graceDays: z.number(),
});
export type ShopPlan = z.infer<typeof ShopPlan>;

export const CatalogView = z.object({ shopName: z.string(), plans: z.array(ShopPlan) });
export type CatalogView = z.infer<typeof CatalogView>;

export const CheckoutRequest = z.strictObject({
  planKey: PlanKey,
  /** The version shown on the page: a changed plan is refused with the new price, not sold silently. */
  planVersion: z.int().min(1),
  interval: BillingInterval,
  currency: Currency,
  region: z.string().regex(/^[a-z]{3}$/),
  quantity: z.int().min(1).max(100),
  /** What the page showed for the first payment, net and before promotions, minor units. */
  expectedTotalMinor: AmountMinor,
  email: EmailAddress,
  name: PersonName.optional(),
  language: Language,
  promotionCode: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .optional(),
});
export type CheckoutRequest = z.infer<typeof CheckoutRequest>;

export const CheckoutAnswer = z.object({
  subscriptionId: EdgeId('subscription'),
  /** Secret of this order: whoever has it sees and manages the order. */
  orderToken: z.string(),
  orderUrl: z.url(),
  /** The payment provider's hosted page. */
  paymentUrl: z.url(),
  expiresAt: Instant,
});
export type CheckoutAnswer = z.infer<typeof CheckoutAnswer>;

export const ORDER_ACTIONS = ['cancel', 'resume', 'retry', 'refund', 'rotate-credentials'] as const;
export const OrderAction = z.enum(ORDER_ACTIONS);
export type OrderAction = z.infer<typeof OrderAction>;

/** Steps shown on the order page and in the demo's timeline. */
export const TIMELINE_KINDS = [
  'order-received',
  'payment-received',
  'payment-failed',
  'provisioning-started',
  'instance-ordered',
  'instance-ready',
  'first-boot-finished',
  'services-answered',
  'credentials-verified',
  'activated',
  'imported',
  'mail-sent',
  'provisioning-delayed',
  'provisioning-failed',
  'compensated',
  'refunded',
  'suspended',
  'resumed',
  'cancel-requested',
  'service-ended',
  'snapshot-taken',
  'instance-deleted',
  'torn-down',
  'credentials-rotated',
  'plan-change-requested',
  'plan-change-scheduled',
  'plan-changed',
  'plan-change-failed',
  'plan-change-withdrawn',
  'instance-resized',
  'address-changed',
  'server-rebuilt',
  'operation-done',
  'operation-failed',
  'attention',
  'attention-cleared',
  'checkout-expired',
] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

export const TimelineEntry = z.object({
  /** Grows by at least one per entry of the order; the SSE event id. */
  seq: z.int(),
  at: Instant,
  kind: z.enum(TIMELINE_KINDS),
  /** Small facts for the text, e.g. `{ ordinal: 1 }`, `{ template: 'server-ready' }`. Never secrets. */
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
export type TimelineEntry = z.infer<typeof TimelineEntry>;

export const OrderView = z.object({
  subscriptionId: EdgeId('subscription'),
  stage: z.enum(STAGES),
  planName: LocalizedText,
  planKey: PlanKey,
  quantity: z.int(),
  interval: BillingInterval,
  currency: Currency,
  amountMinor: AmountMinor,
  setupFeeMinor: AmountMinor,
  region: LocalizedText,
  createdAt: Instant,
  /** Where to pay, while the order awaits payment. */
  paymentUrl: z.url().nullable(),
  /** A payment is overdue, and paying keeps the servers or brings them back. */
  canPay: z.boolean(),
  cancelAtPeriodEnd: z.boolean(),
  periodEnd: Instant.nullable(),
  /** Whether the plan can be changed now. */
  canChangePlan: z.boolean(),
  /** A change of plan that is under way or planned. */
  pendingChange: PendingPlanChange.nullable(),
  /** How long the data is kept after the end of the service, under this order's own terms. */
  graceDays: z.number(),
  /** Whether a last snapshot is kept beyond the deletion, of one server at least. */
  keepsLastSnapshot: z.boolean(),
  /** When the stage ends by itself: suspension, end of service or deletion of the data. */
  dueAt: Instant.nullable(),
  /** Set when a person is needed; tells the customer what can be done. */
  attention: z.object({ message: LocalizedText, options: z.array(z.enum(['retry', 'refund'])) }).nullable(),
  instances: z.array(
    ServerOperations.extend({
      id: EdgeId('instance'),
      ordinal: z.int(),
      hostname: z.string(),
      state: z.enum(INSTANCE_STATES),
      address: z.string().nullable(),
      protocol: AccessProtocol,
      port: z.int(),
      username: z.string(),
    }),
  ),
  timeline: z.array(TimelineEntry),
  /** What the customer may do now. */
  actions: z.array(OrderAction),
});
export type OrderView = z.infer<typeof OrderView>;

/** Where an overdue payment is made: the payment provider's page. */
export const PaymentPage = z.object({ url: z.url() });
export type PaymentPage = z.infer<typeof PaymentPage>;

export const OrderActionRequest = z.strictObject({
  when: z.enum(['now', 'period-end']).optional().describe('only for cancel; default period-end'),
  reason: z.string().trim().max(500).refine(singleLine, 'must be one line').optional(),
});
export type OrderActionRequest = z.infer<typeof OrderActionRequest>;

export const CredentialsStatus = z.object({
  state: z.enum(['available', 'opened', 'expired', 'replaced']),
  hostname: z.string(),
  expiresAt: Instant,
});
export type CredentialsStatus = z.infer<typeof CredentialsStatus>;

export const CredentialsView = z.object({
  hostname: z.string(),
  protocol: AccessProtocol,
  address: z.string(),
  port: z.int(),
  username: z.string(),
  password: z.string(),
  /** SSH host key as OpenSSH prints it ("SHA256:…"), or the SHA-256 of the RDP certificate as Windows shows it. */
  fingerprint: z.string().nullable(),
});
export type CredentialsView = z.infer<typeof CredentialsView>;
