/** Changing the plan of a subscription: what is asked for, what can be said of it beforehand, and what is under way. Pure. */
import { findPrice, type BillingInterval, type PlanPrice, type PlanTerms } from '../catalog/plan.ts';
import type { LocalizedText } from '../language.ts';
import type { Currency } from '../money.ts';
import type { Actor } from './lifecycle.ts';

/** Asks for another plan. The interval, currency, region, quantity and servers stay. */
export interface ChangePlanRequest {
  by: Actor;
  planKey: string;
  planVersion: number;
}

/** Takes back a change that waits for the end of the period. */
export interface KeepPlanRequest {
  by: Actor;
}

/** A change under way, as the database has it; `null` if none is. */
export interface PendingChange {
  /** Business key of the change. */
  key: string;
  planId: string;
  planKey: string;
  planVersion: number;
  planName: LocalizedText;
  /** Per instance and interval. */
  amountMinor: number;
  /** ISO 8601 instant at which it takes effect; `null`: at once. */
  effectiveAt: string | null;
}

export const PLAN_CHANGE_REFUSALS = [
  'same-plan',
  'not-sold-so',
  'region-not-offered',
  'other-kind',
  'too-many',
  'disk-would-shrink',
  'provider-not-offered',
  'cannot-resize',
  'billed-elsewhere',
] as const;
export type PlanChangeRefusalReason = (typeof PLAN_CHANGE_REFUSALS)[number];

/** Why a plan cannot be changed to. */
export interface PlanChangeRefusal {
  reason: PlanChangeRefusalReason;
  /** One sentence for people, in English. */
  message: string;
  /** What to do instead. */
  nextStep: string;
}

/** What was bought, as far as a change has to fit it. */
export interface Bought {
  terms: PlanTerms;
  planVersion: number;
  interval: BillingInterval;
  currency: Currency;
  region: string;
  quantity: number;
  /** Set if others bill it. */
  billedElsewhere: string | null;
}

/** The price that is paid after the change, or why there can be none. Providers are asked for elsewhere. */
export function fitPlan(bought: Bought, to: PlanTerms, version: number): PlanPrice | PlanChangeRefusal {
  const { terms, interval, currency, region, quantity } = bought;
  const price = findPrice(to, interval, currency);
  const another = 'Choose another plan.';
  if (bought.billedElsewhere !== null) {
    return refusal(
      'billed-elsewhere',
      'It is billed elsewhere, so its price cannot be changed here.',
      'Ask who bills it.',
    );
  }
  if (to.key === terms.key && version === bought.planVersion) {
    return refusal('same-plan', 'It is this plan already.', another);
  }
  if (!price) {
    const message = `The new plan is not sold by the ${interval} in ${currency.toUpperCase()}.`;
    return refusal('not-sold-so', message, another);
  }
  if (!Object.hasOwn(to.regions, region)) {
    return refusal('region-not-offered', `The new plan is not offered in ${region}.`, another);
  }
  if (!isSameKind(terms, to)) {
    const message = 'The new plan runs another kind of system, which a running server cannot become.';
    return refusal('other-kind', message, 'Place a new order, and cancel this one when you have moved.');
  }
  if (quantity > to.maxQuantity) {
    const message = `The new plan is sold for at most ${to.maxQuantity} servers, not for ${quantity}.`;
    return refusal('too-many', message, another);
  }
  if (to.resources.diskGb < terms.resources.diskGb) {
    const message = `The new plan’s disk has ${to.resources.diskGb} GB and the present one ${terms.resources.diskGb} GB: a disk cannot become smaller without losing data.`;
    return refusal('disk-would-shrink', message, 'Choose a plan with at least as much disk.');
  }
  return price;
}

export function isRefusal(fit: PlanPrice | PlanChangeRefusal): fit is PlanChangeRefusal {
  return 'reason' in fit;
}

/** Dearer or as dear: at once. Cheaper: with the next period, since this one is paid for. */
export function takesEffect(presentMinor: number, wantedMinor: number): 'now' | 'period-end' {
  return wantedMinor >= presentMinor ? 'now' : 'period-end';
}

export function refusal(
  reason: PlanChangeRefusalReason,
  message: string,
  nextStep: string,
): PlanChangeRefusal {
  return { reason, message, nextStep };
}

/** What a customer signs in to, and how, stays as it is. */
function isSameKind({ image: from }: PlanTerms, { image: to }: PlanTerms): boolean {
  return (
    from.family === to.family &&
    from.access.protocol === to.access.protocol &&
    from.access.username === to.access.username
  );
}
