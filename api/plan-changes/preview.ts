/** What a change of plan would cost, by the payment provider's own sums. */
import type { PlanChangeBody, PlanChangePreview } from '../../schemas/api/plan-changes.ts';
import type { Subscription } from '../../schemas/db/entities/subscription.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { ApiProblem } from '../http/problem.ts';
import { chooseChange, type ChosenChange } from './choose.ts';

const DEFAULT_RETRY_AFTER_MS = 30_000;

/** @throws ApiProblem as {@link chooseChange}; `payment-provider-unavailable` */
export async function previewChange(
  deps: ApiDependencies,
  subscription: Subscription,
  body: PlanChangeBody,
): Promise<PlanChangePreview> {
  const { tenantId, quantity, currency, interval, periodEnd } = subscription;
  const chosen = await withTenant(deps.db, tenantId, (tx) =>
    chooseChange(tx, subscription, body, deps.hypervisors),
  );
  const waits = chosen.takesEffect === 'period-end';
  const due = waits ? { dueNowMinor: 0, taxMinor: 0 } : await askProvider(deps, subscription, chosen);
  return {
    ...body,
    takesEffect: chosen.takesEffect,
    effectiveAt: waits ? (periodEnd?.toISOString() ?? null) : null,
    currency,
    interval,
    dueNowMinor: due.dueNowMinor,
    taxMinor: due.taxMinor,
    amountMinor: chosen.price.amountMinor * quantity,
  };
}

async function askProvider(
  deps: ApiDependencies,
  subscription: Subscription,
  { plan, price }: ChosenChange,
): Promise<{ dueNowMinor: number; taxMinor: number }> {
  const { id: subscriptionId, checkoutRef, billingRef, billedElsewhere, quantity, language } = subscription;
  const { interval, currency, amountMinor, setupFeeMinor } = price;
  const refs = { subscriptionId, checkoutRef, billingRef, elsewhere: billedElsewhere };
  const sold = { planKey: plan.key, planVersion: plan.version, planName: plan.terms.name[language] };
  try {
    return await deps.payments.previewPrice(refs, {
      price: { ...sold, interval, currency, amountMinor, setupFeeMinor },
      quantity,
    });
  } catch (cause) {
    if (!(cause instanceof TenureFailure)) throw cause;
    const { reason, retryAfterMs = DEFAULT_RETRY_AFTER_MS, upstream } = cause.details;
    deps.logger.warn(
      { kind: cause.kind, reason, upstream, subscriptionId },
      'no preview of a change of plan',
    );
    throw new ApiProblem('payment-provider-unavailable', {
      retryAfterSeconds: Math.ceil(retryAfterMs / 1_000),
      cause,
    });
  }
}
