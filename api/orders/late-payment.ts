/** The way to the payment provider's page for a payment that is overdue. */
import { withTenant } from '../../schemas/db/tenancy.ts';
import type { Subscription } from '../../schemas/db/entities/subscription.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import { orderToken, orderUrl } from '../checkouts/open-payment.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { OrderCaller } from '../http/caller.ts';
import { ApiProblem } from '../http/problem.ts';
import { canPay } from './actions.ts';
import { findOrder } from './load-order.ts';

const DEFAULT_RETRY_AFTER_MS = 30_000;

/**
 * Where the customer can pay now.
 *
 * @throws ApiProblem `nothing-to-pay`, `payment-provider-unavailable`, `unknown-order`
 */
export async function openLatePayment(
  deps: ApiDependencies,
  { tenantId, subscriptionId }: Pick<OrderCaller, 'tenantId' | 'subscriptionId'>,
): Promise<string> {
  const { subscription, state } = await withTenant(deps.db, tenantId, (tx) => findOrder(tx, subscriptionId));
  if (!canPay(state)) throw new ApiProblem('nothing-to-pay');
  const { checkoutRef, billingRef, language } = subscription;
  const returnUrl = orderUrl(deps, orderToken(deps, subscription));
  try {
    const refs = { subscriptionId, checkoutRef, billingRef };
    return (await deps.payments.paymentPage(refs, returnUrl, language)).url;
  } catch (cause) {
    if (!(cause instanceof TenureFailure)) throw cause;
    throw await toProblem(deps, subscription, cause);
  }
}

async function toProblem(
  deps: ApiDependencies,
  subscription: Subscription,
  cause: TenureFailure,
): Promise<ApiProblem> {
  const { kind, message, details } = cause;
  const { reason, nextStep, retryAfterMs = DEFAULT_RETRY_AFTER_MS, upstream } = details;
  if (reason === 'nothing-to-pay') {
    await lookAgain(deps, subscription);
    return new ApiProblem('nothing-to-pay', { detail: message, ...(nextStep && { nextStep }), cause });
  }
  deps.logger.warn(
    { kind, reason, upstream, subscriptionId: subscription.id },
    'the page for a late payment could not be opened',
  );
  return new ApiProblem('payment-provider-unavailable', {
    retryAfterSeconds: retryAfterMs / 1000,
    cause,
  });
}

/** The provider knows better than our row: the payment's event is late or was lost. The workflow hears of it as well. */
async function lookAgain(
  deps: ApiDependencies,
  { tenantId, id: subscriptionId }: Subscription,
): Promise<void> {
  await deps.billing
    .refresh({ tenantId, subscriptionId }, 'order-page', true)
    .catch((error: unknown) =>
      deps.logger.warn({ err: error, subscriptionId }, 'the payment could not be looked at'),
    );
}
