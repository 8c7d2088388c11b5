/** Which plans a subscription can change to, and why not to the others. Asks no provider. */
import { type EntityManager, IsNull } from 'typeorm';
import type {
  PendingPlanChange,
  PlanChangeBody,
  PlanChoice,
  PlanChoices,
} from '../../schemas/api/plan-changes.ts';
import { findPrice, type PlanPrice, type PlanTerms } from '../../schemas/catalog/plan.ts';
import { Instances } from '../../schemas/db/entities/instance.ts';
import { type Plan, Plans } from '../../schemas/db/entities/plan.ts';
import type { Subscription } from '../../schemas/db/entities/subscription.ts';
import {
  fitPlan,
  isRefusal,
  type PendingChange,
  type PlanChangeRefusal,
  refusal,
  takesEffect,
} from '../../schemas/subscriptions/plan-change.ts';
import { planOnSale, plansOnSale, toShopPlan } from '../catalog/offers.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { ApiProblem } from '../http/problem.ts';

type Drivers = ApiDependencies['hypervisors'];

/** A plan that can be changed to. */
export interface ChosenChange {
  plan: Plan;
  price: PlanPrice;
  takesEffect: 'now' | 'period-end';
}

export async function planChoices(
  tx: EntityManager,
  subscription: Subscription,
  drivers: Drivers,
): Promise<PlanChoices> {
  const { planId, quantity, interval, currency, amountMinor, periodEnd } = subscription;
  const current = await tx.getRepository(Plans).findOneByOrFail({ id: planId });
  const providers = await providersOf(tx, subscription);
  const others = (await plansOnSale(tx)).filter(({ id }) => id !== planId);
  return {
    quantity,
    interval,
    currency,
    periodEnd: periodEnd?.toISOString() ?? null,
    current: { ...describe(current), amountMinor },
    choices: others.map((plan): PlanChoice => {
      const fit = fitted(subscription, { from: current.terms, to: plan, providers, drivers });
      const wantedMinor = findPrice(plan.terms, interval, currency)?.amountMinor ?? null;
      return {
        ...describe(plan),
        amountMinor: wantedMinor,
        takesEffect: takesEffect(amountMinor, wantedMinor ?? amountMinor),
        refusal: isRefusal(fit) ? fit : null,
      };
    }),
  };
}

/** @throws ApiProblem `unknown-plan`, `plan-changed`, `action-not-possible` with the reason */
export async function chooseChange(
  tx: EntityManager,
  subscription: Subscription,
  { planKey, planVersion }: PlanChangeBody,
  drivers: Drivers,
): Promise<ChosenChange> {
  mustBeChangeable(subscription);
  const plan = await planOnSale(tx, planKey);
  if (!plan) throw new ApiProblem('unknown-plan', { detail: `"${planKey}" is not on sale.` });
  if (plan.version !== planVersion) {
    throw new ApiProblem('plan-changed', {
      detail: `Version ${planVersion} is not on sale; version ${plan.version} is.`,
      members: { plan: toShopPlan(plan, drivers) },
    });
  }
  const { terms: from } = await tx.getRepository(Plans).findOneByOrFail({ id: subscription.planId });
  const providers = await providersOf(tx, subscription);
  const fit = fitted(subscription, { from, to: plan, providers, drivers });
  if (!isRefusal(fit)) {
    return { plan, price: fit, takesEffect: takesEffect(subscription.amountMinor, fit.amountMinor) };
  }
  const { reason, message, nextStep } = fit;
  throw new ApiProblem('action-not-possible', { reason, detail: message, nextStep });
}

/** A courtesy: the workflow's own validator has the last word. @throws ApiProblem `action-not-possible` */
export function mustBeChangeable(subscription: Subscription): void {
  const { stage, billingStanding, pendingChange } = subscription;
  if (isChangeable(subscription)) return;
  const isUnderWay = pendingChange !== null;
  throw new ApiProblem('action-not-possible', {
    reason: isUnderWay ? 'plan-change-under-way' : 'not-running',
    detail: isUnderWay
      ? 'Another change of plan is under way or planned.'
      : `A plan can be changed while the subscription is active, paid and not cancelled; it is ${stage} and ${billingStanding}.`,
    nextStep: isUnderWay
      ? 'Wait for it, or take the planned one back.'
      : 'Wait until it is paid, or take the cancellation back.',
  });
}

/** Whether its plan can be changed at all just now. */
export function isChangeable({
  stage,
  billingStanding,
  cancelAtPeriodEnd,
  pendingChange,
  billedElsewhere,
}: Pick<
  Subscription,
  'stage' | 'billingStanding' | 'cancelAtPeriodEnd' | 'pendingChange' | 'billedElsewhere'
>): boolean {
  const isPaid = stage === 'active' && billingStanding === 'paid' && !cancelAtPeriodEnd;
  return isPaid && pendingChange === null && billedElsewhere === null;
}

export function pendingView(pending: PendingChange | null): PendingPlanChange | null {
  if (pending === null) return null;
  const { planKey, planVersion, planName, amountMinor, effectiveAt } = pending;
  return { planKey, planVersion, planName, amountMinor, effectiveAt };
}

interface Fitting {
  from: PlanTerms;
  to: Plan;
  providers: string[];
  drivers: Drivers;
}

function fitted(
  subscription: Subscription,
  { from, to, providers, drivers }: Fitting,
): PlanPrice | PlanChangeRefusal {
  const fit = fitPlan({ ...subscription, terms: from }, to.terms, to.version);
  if (isRefusal(fit)) return fit;
  for (const provider of providers) {
    const lack = unfitAt(provider, to.terms, subscription.region, drivers);
    if (lack) return lack;
  }
  return fit;
}

/** Servers stay where they are: each one's provider must be able to give it the new size. */
function unfitAt(
  provider: string,
  { providers }: PlanTerms,
  region: string,
  drivers: Drivers,
): PlanChangeRefusal | null {
  const driver = drivers.get(provider);
  const entry = providers[provider];
  const lack = driver?.capabilities.lacks.resize;
  if (lack !== undefined) {
    return refusal('cannot-resize', lack.en, 'Order the new plan, move there, and cancel this one.');
  }
  const elsewhere = 'The new plan is not made where your servers are.';
  const another = 'Choose another plan.';
  if (!driver || !entry) return refusal('provider-not-offered', elsewhere, another);
  try {
    driver.checkPlan(entry, region);
    return null;
  } catch {
    return refusal('provider-not-offered', elsewhere, another);
  }
}

/** Who keeps its servers. */
async function providersOf(tx: EntityManager, { id, provider }: Subscription): Promise<string[]> {
  const instances = await tx
    .getRepository(Instances)
    .find({ where: { subscriptionId: id, deletedAt: IsNull() }, select: { id: true, provider: true } });
  const names = new Set(instances.map((instance) => instance.provider));
  return names.size > 0 ? [...names] : [provider];
}

function describe({ key, version, terms }: Plan) {
  return { planKey: key, planVersion: version, name: terms.name, resources: terms.resources };
}
