/** A change of plan, written down: what is intended, before anybody is asked, and what came of it. Idempotent by the change's key. */
import type { DataSource, EntityManager } from 'typeorm';
import { type Plan, Plans } from '../../schemas/db/entities/plan.ts';
import { type Subscription, Subscriptions } from '../../schemas/db/entities/subscription.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import type { LocalizedText } from '../../schemas/language.ts';
import type { WorkflowTerms } from '../../schemas/subscriptions/lifecycle.ts';
import {
  fitPlan,
  isRefusal,
  type PendingChange,
  type PlanChangeRefusal,
  refusal,
  takesEffect,
} from '../../schemas/subscriptions/plan-change.ts';
import { workflowTerms } from './input.ts';

interface Change {
  tenantId: string;
  subscriptionId: string;
  key: string;
}

/** A change that may be carried out, as the workflow remembers it. */
export interface BegunChange {
  planId: string;
  /** The one it has until then, to go back to. */
  fromPlanId: string;
  terms: WorkflowTerms;
  planName: LocalizedText;
  /** Per instance and interval. */
  amountMinor: number;
  /** ISO 8601 instant at which it takes effect; `null`: at once. */
  effectiveAt: string | null;
}

export function createPlanChanging(db: DataSource) {
  return {
    /** Writes down what is to be changed to; or says why not, for what the API could not know any more when it was asked. */
    async beginPlanChange(
      request: Change & { planKey: string; planVersion: number },
    ): Promise<BegunChange | PlanChangeRefusal> {
      const { tenantId, subscriptionId, key, planKey, planVersion } = request;
      return withTenant(db, tenantId, async (tx) => {
        const subscriptions = tx.getRepository(Subscriptions);
        const row = await subscriptions.findOneByOrFail({ id: subscriptionId });
        const from = await tx.getRepository(Plans).findOneByOrFail({ id: row.planId });
        const to = await tx.getRepository(Plans).findOneBy({ key: planKey, version: planVersion });
        if (!to) return refusal('not-sold-so', 'There is no such plan.', 'Choose another plan.');
        if (row.pendingChange?.key === key) return begun(row.pendingChange, from, to);
        const price = fitPlan({ ...row, terms: from.terms }, to.terms, to.version);
        if (isRefusal(price)) return price;
        const waits = takesEffect(row.amountMinor, price.amountMinor) === 'period-end';
        const pendingChange: PendingChange = {
          key,
          planId: to.id,
          planKey,
          planVersion,
          planName: to.terms.name,
          amountMinor: price.amountMinor,
          effectiveAt: waits ? (row.periodEnd ?? new Date()).toISOString() : null,
        };
        await subscriptions.update({ id: subscriptionId }, { pendingChange, updatedAt: new Date() });
        return begun(pendingChange, from, to);
      });
    },

    /** Servers and price are the new plan's: so is the subscription. */
    async adoptPlan(request: Change): Promise<void> {
      await settle(db, request, ({ planId, planKey, planVersion, amountMinor }) => ({
        planId,
        planKey,
        planVersion,
        amountMinor,
      }));
    },

    /** Nothing came of it. */
    async dropPlanChange(request: Change): Promise<void> {
      await settle(db, request, () => ({}));
    },
  };
}

/** Ends the change of that key, if it is still under way. */
async function settle(
  db: DataSource,
  { tenantId, subscriptionId, key }: Change,
  outcome: (change: PendingChange) => Partial<Subscription>,
): Promise<void> {
  await withTenant(db, tenantId, async (tx: EntityManager) => {
    const subscriptions = tx.getRepository(Subscriptions);
    const { pendingChange } = await subscriptions.findOneByOrFail({ id: subscriptionId });
    if (pendingChange?.key !== key) return;
    await subscriptions.update(
      { id: subscriptionId },
      { ...outcome(pendingChange), pendingChange: null, updatedAt: new Date() },
    );
  });
}

function begun({ amountMinor, effectiveAt, planName }: PendingChange, from: Plan, to: Plan): BegunChange {
  return {
    planId: to.id,
    fromPlanId: from.id,
    terms: workflowTerms(to),
    planName,
    amountMinor,
    effectiveAt,
  };
}
