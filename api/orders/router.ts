import type { Router } from 'express';
import type { OrderAction, OrderActionRequest } from '../../schemas/api/shop.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import type { Actor } from '../../schemas/subscriptions/lifecycle.ts';
import { ApiProblem } from '../http/problem.ts';
import { SENT, newRoutes, type Server } from '../http/serve.ts';
import { requestUpdate, type UpdateToRequest } from '../updates/request-update.ts';
import { defaultCancelTime, type OrderState, possibleActions } from './actions.ts';
import { actOnOrder, getOrder, payOrder, watchOrder } from './contract.ts';
import { createOrderFeed } from './feed.ts';
import { openLatePayment } from './late-payment.ts';
import { findOrder, loadOrder } from './load-order.ts';
import { streamOrder } from './stream.ts';

export function ordersRouter(server: Server): Router {
  const { deps } = server;
  const { router, on } = newRoutes(server);
  const feed = createOrderFeed({ url: deps.config.DATABASE_URL, logger: deps.logger });
  const openStreams = new Set<() => void>();
  deps.stopping?.addEventListener('abort', () => openStreams.forEach((end) => end()));

  on(getOrder)(async ({ caller }) => ({
    status: 200,
    body: await loadOrder(deps, caller),
  }));

  on(watchOrder)(async ({ caller, req, res }) => {
    const { subscriptionId } = caller;
    const load = () => loadOrder(deps, caller);
    await streamOrder(req, res, { feed, subscriptionId, load, openStreams });
    return SENT;
  });

  on(payOrder)(async ({ caller }) => ({
    status: 200,
    body: { url: await openLatePayment(deps, caller) },
  }));

  on(actOnOrder)(async ({ caller, params, body, attempt }) => {
    const { tenantId, subscriptionId } = caller;
    const { subscription, state } = await withTenant(deps.db, tenantId, (tx) =>
      findOrder(tx, subscriptionId),
    );
    const by: Actor = { kind: 'customer', id: toEdgeId('customer', subscription.customerId) };
    const done = await requestUpdate(deps, {
      tenantId,
      subscriptionId,
      updateId: attempt.id,
      by,
      asked: toUpdate(params.action, { by, body, state }),
      guard: async (tx) => mustBePossible(params.action, (await findOrder(tx, subscriptionId)).state),
    });
    const order = await loadOrder(deps, caller);
    return done ? { status: 200, body: order } : { status: 202, body: { ...order, accepted: true } };
  });

  return router;
}

/** Customers may do less than staff: the workflow would resume what staff suspended. @throws ApiProblem */
function mustBePossible(action: OrderAction, state: OrderState): void {
  const possible = possibleActions(state);
  if (possible.includes(action)) return;
  throw new ApiProblem('action-not-possible', {
    detail:
      possible.length > 0
        ? `An order that is ${state.stage} can be asked to ${possible.join(', ')}; not to ${action}.`
        : `An order that is ${state.stage} cannot be changed.`,
  });
}

const UNEXPLAINED = 'Requested on the order page';

function toUpdate(
  action: OrderAction,
  { by, body, state }: { by: Actor; body: OrderActionRequest; state: OrderState },
): UpdateToRequest {
  const { when = defaultCancelTime(state), reason = UNEXPLAINED } = body;
  switch (action) {
    case 'cancel':
      return { update: 'cancel', request: { by, when, reason } };
    case 'refund':
      return { update: 'refund', request: { by, reason } };
    case 'resume':
    case 'retry':
    case 'rotate-credentials':
      return { update: action, request: { by } };
  }
}
