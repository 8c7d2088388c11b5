/** Opens the payment provider's page for an order. Idempotent by the subscription, so it may be repeated after a lost answer. */
import type { EntityManager } from 'typeorm';
import type { Checkout, CheckoutOrder } from '../../activities/payments/port.ts';
import { signToken } from '../../schemas/crypto/tokens.ts';
import { Customers } from '../../schemas/db/entities/customer.ts';
import { Plans } from '../../schemas/db/entities/plan.ts';
import { type Subscription, Subscriptions } from '../../schemas/db/entities/subscription.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { ApiProblem } from '../http/problem.ts';

/** Secret of an order: whoever has it sees and manages the order. */
export function orderToken(deps: ApiDependencies, { tenantId, id }: Subscription): string {
  return signToken(deps.config.TOKEN_SECRET, 'order', tenantId, id);
}

/** Where the order's page is. */
export function orderUrl({ config }: Pick<ApiDependencies, 'config'>, token: string): string {
  return new URL(`/order/${token}`, config.PUBLIC_URL).href;
}

/**
 * The order with its payment page.
 *
 * @throws ApiProblem `payment-provider-unavailable`, `payment-details-refused`; the order stays and may be tried again
 */
export async function openPayment(deps: ApiDependencies, subscription: Subscription): Promise<string> {
  const { tenantId, id } = subscription;
  if (subscription.checkoutUrl !== null) return subscription.checkoutUrl;
  const order = await withTenant(deps.db, tenantId, (tx) => describeOrder(deps, tx, subscription));
  const checkout = await askProvider(deps, order);
  await withTenant(deps.db, tenantId, async (tx) => {
    const { checkoutRef, customerRef, url } = checkout;
    await tx.getRepository(Subscriptions).update({ id }, { checkoutRef, checkoutUrl: url });
    await tx.getRepository(Customers).update({ id: subscription.customerId }, { paymentRef: customerRef });
  });
  return checkout.url;
}

async function describeOrder(
  deps: ApiDependencies,
  tx: EntityManager,
  subscription: Subscription,
): Promise<CheckoutOrder> {
  const { tenantId, language } = subscription;
  const customer = await tx.getRepository(Customers).findOneByOrFail({ id: subscription.customerId });
  const { terms } = await tx.getRepository(Plans).findOneByOrFail({ id: subscription.planId });
  return {
    tenantId,
    subscriptionId: subscription.id,
    customerId: customer.id,
    email: customer.email,
    name: customer.name,
    language,
    quantity: subscription.quantity,
    price: {
      planKey: subscription.planKey,
      planVersion: subscription.planVersion,
      planName: terms.name[language],
      interval: subscription.interval,
      currency: subscription.currency,
      amountMinor: subscription.amountMinor,
      setupFeeMinor: subscription.setupFeeMinor,
    },
    promotionCode: subscription.promotionCode,
    successUrl: orderUrl(deps, orderToken(deps, subscription)),
    cancelUrl: new URL(`/buy/${subscription.planKey}`, deps.config.PUBLIC_URL).href,
    expiresAt: subscription.checkoutExpiresAt.toISOString(),
  };
}

async function askProvider(deps: ApiDependencies, order: CheckoutOrder): Promise<Checkout> {
  try {
    return await deps.payments.createCheckout(order);
  } catch (cause) {
    if (!(cause instanceof TenureFailure)) throw cause;
    const { reason, retryAfterMs } = cause.details;
    deps.logger.warn(
      { kind: cause.kind, reason, upstream: cause.details.upstream, subscriptionId: order.subscriptionId },
      'the payment page could not be opened',
    );
    if (reason === 'checkout-expired') throw new ApiProblem('checkout-expired', { cause });
    if (cause.kind === 'refused') {
      const path = reason.startsWith('promotion-code') ? 'body.promotionCode' : 'body';
      const errors = [{ path, message: cause.message }];
      throw new ApiProblem('payment-details-refused', { errors, detail: cause.message, cause });
    }
    throw new ApiProblem('payment-provider-unavailable', {
      retryAfterSeconds: (retryAfterMs ?? 30_000) / 1000,
      cause,
    });
  }
}
