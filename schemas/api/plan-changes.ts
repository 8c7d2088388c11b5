/** What customers and staff see of changing a subscription's plan. */
import { z } from 'zod';
import { BillingInterval, PlanKey, PlanResources } from '../catalog/plan.ts';
import { LocalizedText } from '../language.ts';
import { AmountMinor, Currency } from '../money.ts';
import { PLAN_CHANGE_REFUSALS } from '../subscriptions/plan-change.ts';
import { Instant } from './common.ts';

/** At once, with the rest of the period charged; or with the next period. */
export const TakesEffect = z.enum(['now', 'period-end']);

export const PlanChangeBody = z.strictObject({
  planKey: PlanKey,
  /** The version shown: a plan that has changed is refused, not taken silently. */
  planVersion: z.int().min(1),
});
export type PlanChangeBody = z.infer<typeof PlanChangeBody>;

export const PlanChoice = z.object({
  planKey: PlanKey,
  planVersion: z.int(),
  name: LocalizedText,
  resources: PlanResources,
  /** Per instance and interval; `null` if it is not sold in this interval and currency. */
  amountMinor: AmountMinor.nullable(),
  takesEffect: TakesEffect,
  /** Why this plan cannot be changed to; `null` if it can. */
  refusal: z
    .object({ reason: z.enum(PLAN_CHANGE_REFUSALS), message: z.string(), nextStep: z.string() })
    .nullable(),
});
export type PlanChoice = z.infer<typeof PlanChoice>;

export const PlanChoices = z.object({
  quantity: z.int(),
  interval: BillingInterval,
  currency: Currency,
  periodEnd: Instant.nullable(),
  /** The plan as it is. */
  current: PlanChoice.omit({ takesEffect: true, refusal: true }),
  /** All other plans on sale. */
  choices: z.array(PlanChoice),
});
export type PlanChoices = z.infer<typeof PlanChoices>;

export const PlanChangePreview = z.object({
  planKey: PlanKey,
  planVersion: z.int(),
  takesEffect: TakesEffect,
  /** When, if not now. */
  effectiveAt: Instant.nullable(),
  currency: Currency,
  interval: BillingInterval,
  /** What the payment provider would charge at this moment, with taxes; each second makes it a little less. */
  dueNowMinor: z.int(),
  /** Contained in `dueNowMinor`. */
  taxMinor: z.int(),
  /** Of all instances together, per interval, net, from then on. */
  amountMinor: AmountMinor,
});
export type PlanChangePreview = z.infer<typeof PlanChangePreview>;

/** A change that is under way or planned. */
export const PendingPlanChange = z.object({
  planKey: PlanKey,
  planVersion: z.int(),
  planName: LocalizedText,
  /** Per instance and interval. */
  amountMinor: AmountMinor,
  /** `null`: it is being done now. */
  effectiveAt: Instant.nullable(),
});
export type PendingPlanChange = z.infer<typeof PendingPlanChange>;
