import type { Router } from 'express';
import type { CheckoutAnswer, CheckoutRequest } from '../../schemas/api/shop.ts';
import { type Subscription, Subscriptions } from '../../schemas/db/entities/subscription.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { ApiProblem } from '../http/problem.ts';
import { newRoutes, type Server } from '../http/serve.ts';
import { chooseOffer } from './choose-offer.ts';
import { createCheckout } from './contract.ts';
import { openPayment, orderToken, orderUrl } from './open-payment.ts';
import { placeOrder } from './place-order.ts';

const MINUTE_MS = 60_000;
/** Payment pages live from 30 minutes to 24 hours; a minute on either side for clocks and the way there. */
const SHORTEST_MINUTES = 31;
const LONGEST_MINUTES = 24 * 60 - 1;
/** With less time left a payment page is not opened any more. */
const TOO_LATE_MS = 30 * MINUTE_MS;

export function checkoutsRouter(server: Server): Router {
  const { deps } = server;
  const { router, on } = newRoutes(server);

  on(createCheckout)(async ({ body, caller, attempt }) => {
    // The attempt names the subscription, so the same Idempotency-Key continues the same order.
    const subscription = await orderOf(deps, caller.tenantId, attempt.id, body);
    const { stage, checkoutUrl, checkoutExpiresAt } = subscription;
    const tooLate = checkoutUrl === null && checkoutExpiresAt.getTime() - Date.now() < TOO_LATE_MS;
    if (stage !== 'awaiting-payment' || tooLate) throw new ApiProblem('checkout-expired');
    const paymentUrl = await openPayment(deps, subscription);
    return { status: 201, body: answer(deps, subscription, paymentUrl) };
  });

  return router;
}

/** The order of that id: placed now, or found if an earlier attempt got so far. */
async function orderOf(
  deps: ApiDependencies,
  tenantId: string,
  subscriptionId: string,
  request: CheckoutRequest,
): Promise<Subscription> {
  return withTenant(deps.db, tenantId, async (tx) => {
    const earlier = await tx.getRepository(Subscriptions).findOneBy({ id: subscriptionId });
    if (earlier) return earlier;
    const offer = await chooseOffer(tx, request, deps.hypervisors);
    const minutes = Math.min(
      Math.max(deps.config.CHECKOUT_EXPIRES_MINUTES, SHORTEST_MINUTES),
      LONGEST_MINUTES,
    );
    const checkoutExpiresAt = new Date(Date.now() + minutes * MINUTE_MS);
    return placeOrder(tx, { tenantId, subscriptionId, request, offer, checkoutExpiresAt });
  });
}

function answer(deps: ApiDependencies, subscription: Subscription, paymentUrl: string): CheckoutAnswer {
  const token = orderToken(deps, subscription);
  return {
    subscriptionId: toEdgeId('subscription', subscription.id),
    orderToken: token,
    orderUrl: orderUrl(deps, token),
    paymentUrl,
    expiresAt: subscription.checkoutExpiresAt.toISOString(),
  };
}
