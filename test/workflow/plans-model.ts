/** A tiny model of plans and what is billed for them: what a change of plan leaves behind. */
import type { WorkflowTerms } from '../../schemas/subscriptions/lifecycle.ts';
import type { Activities, World } from './model.ts';

/** The plan that every order begins with. */
export const PLAN = 'plan-m';

/** What can be changed to, by key. */
const OFFERS: Record<string, { planId: string; amountMinor: number; waits: boolean }> = {
  'linux-l': { planId: 'plan-l', amountMinor: 4_900, waits: false },
  'linux-s': { planId: 'plan-s', amountMinor: 900, waits: true },
};

export interface Plans {
  /** As the subscription's row has it. */
  plan: string;
  pending: { key: string; planId: string } | null;
  /** As the payment provider bills it. */
  billed: string;
  /** Changes of the price that were really made. */
  priceChanges: { key: string; before: string; from: 'now' | 'next-period'; undone: boolean }[];
  /** Keys of changes whose charge went back. */
  givenBack: string[];
}

export function freshPlans(): Plans {
  return { plan: PLAN, pending: null, billed: PLAN, priceChanges: [], givenBack: [] };
}

export const CHARGED_MINOR = 1_234;

const TERMS: Omit<WorkflowTerms, 'key' | 'version' | 'name'> = {
  credentialDelivery: 'link',
  provisioning: { delayedAfterMinutes: 10, deadlineMinutes: 60 },
  overdue: { suspendAfterDays: 7, cancelAfterDays: 14 },
  retention: { graceDays: 3, finalSnapshotDays: 0 },
};

type Effect<A extends keyof Activities> = (
  world: World,
  input: Parameters<Activities[A]>[0],
) => Awaited<ReturnType<Activities[A]>>;

interface PlanEffects {
  beginPlanChange: Effect<'beginPlanChange'>;
  adoptPlan: Effect<'adoptPlan'>;
  dropPlanChange: Effect<'dropPlanChange'>;
  changePrice: Effect<'changePrice'>;
  undoPriceChange: Effect<'undoPriceChange'>;
}

/** As in `model.ts`: every one may be repeated. */
export const planEffects: PlanEffects = {
  beginPlanChange: ({ plans, billing }, { key, planKey, planVersion }) => {
    const offer = OFFERS[planKey];
    if (!offer) {
      return { reason: 'not-sold-so', message: 'There is no such plan.', nextStep: 'Choose another.' };
    }
    const { planId, amountMinor, waits } = offer;
    const planName = { en: `Plan ${planKey}`, de: `Tarif ${planKey}` };
    plans.pending = { key, planId };
    return {
      planId,
      fromPlanId: plans.plan,
      terms: { ...TERMS, key: planKey, version: planVersion, name: planName },
      planName,
      amountMinor,
      effectiveAt: waits ? billing.periodEnd : null,
    };
  },
  adoptPlan: ({ plans }, { key }) => {
    if (plans.pending?.key !== key) return;
    plans.plan = plans.pending.planId;
    plans.pending = null;
  },
  dropPlanChange: ({ plans }, { key }) => {
    if (plans.pending?.key === key) plans.pending = null;
  },
  changePrice: ({ plans, billing }, { key, planId, from }) => {
    if (plans.priceChanges.every((change) => change.key !== key)) {
      plans.priceChanges.push({ key, before: plans.billed, from, undone: false });
      plans.billed = planId;
    }
    return { chargedMinor: from === 'now' ? CHARGED_MINOR : 0, view: billing };
  },
  undoPriceChange: ({ plans, billing }, { key }) => {
    const made = plans.priceChanges.find((change) => change.key === key);
    if (!made) return { refundedMinor: 0, settled: true, view: billing };
    if (!made.undone) plans.billed = made.before;
    made.undone = true;
    const isUnderWay = made.from === 'now' && billing.standing === 'processing';
    if (made.from === 'next-period' || isUnderWay) {
      return { refundedMinor: 0, settled: !isUnderWay, view: billing };
    }
    if (!plans.givenBack.includes(key)) plans.givenBack.push(key);
    return { refundedMinor: CHARGED_MINOR, settled: true, view: billing };
  },
};
