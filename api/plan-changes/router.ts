/** Changing the plan, for staff and for whoever has the order's link: the same rules, the same answers in each one's own view. */
import type { Router } from 'express';
import type { EntityManager } from 'typeorm';
import type { PlanChangeBody } from '../../schemas/api/plan-changes.ts';
import type { Subscription } from '../../schemas/db/entities/subscription.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import type { Actor } from '../../schemas/subscriptions/lifecycle.ts';
import type { OrderCaller, StaffCaller } from '../http/caller.ts';
import type { Attempt } from '../http/idempotency.ts';
import { newRoutes, type Server } from '../http/serve.ts';
import { findOrder, loadOrder } from '../orders/load-order.ts';
import { findSubscription } from '../subscriptions/find.ts';
import { loadSubscription } from '../subscriptions/load.ts';
import { requestUpdate, type UpdateToRequest } from '../updates/request-update.ts';
import { chooseChange, planChoices } from './choose.ts';
import * as contract from './contract.ts';
import { previewChange } from './preview.ts';

export function planChangesRouter(server: Server): Router {
  const { deps } = server;
  const { router, on } = newRoutes(server);
  const { db, hypervisors } = deps;

  /** Whose plan it is, and who asks. */
  async function ofStaff(caller: StaffCaller, edgeId: string): Promise<Asking> {
    const find = (tx: EntityManager) => findSubscription(tx, edgeId);
    const subscription = await withTenant(db, caller.tenantId, find);
    return { subscription, find, by: { kind: 'staff', id: toEdgeId('apiKey', caller.keyId) } };
  }
  async function ofCustomer({ tenantId, subscriptionId }: OrderCaller): Promise<Asking> {
    const find = async (tx: EntityManager) => (await findOrder(tx, subscriptionId)).subscription;
    const subscription = await withTenant(db, tenantId, find);
    return {
      subscription,
      find,
      by: { kind: 'customer', id: toEdgeId('customer', subscription.customerId) },
    };
  }

  const list = ({ subscription }: Asking) =>
    withTenant(db, subscription.tenantId, (tx) => planChoices(tx, subscription, hypervisors));

  async function change({ subscription, find, by }: Asking, body: PlanChangeBody, attempt: Attempt) {
    const asked: UpdateToRequest = { update: 'change-plan', request: { by, ...body } };
    const guard = async (tx: EntityManager): Promise<void> =>
      void (await chooseChange(tx, await find(tx), body, hypervisors));
    return ask(subscription, { by, asked, attempt, guard });
  }
  function keep({ subscription, find, by }: Asking, attempt: Attempt): Promise<boolean> {
    const asked: UpdateToRequest = { update: 'keep-plan', request: { by } };
    return ask(subscription, { by, asked, attempt, guard: async (tx) => void (await find(tx)) });
  }
  function ask(
    { tenantId, id }: Subscription,
    { attempt, ...request }: Pick<Asked, 'by' | 'asked' | 'guard'> & { attempt: Attempt },
  ): Promise<boolean> {
    return requestUpdate(deps, { tenantId, subscriptionId: id, updateId: attempt.id, ...request });
  }

  async function staffAnswer({ subscription }: Asking, isDone: boolean) {
    const { tenantId, id } = subscription;
    const body = await loadSubscription(deps, tenantId, toEdgeId('subscription', id));
    return isDone
      ? ({ status: 200, body } as const)
      : ({ status: 202, body: { ...body, accepted: true } } as const);
  }
  async function orderAnswer(caller: OrderCaller, isDone: boolean) {
    const body = await loadOrder(deps, caller);
    return isDone
      ? ({ status: 200, body } as const)
      : ({ status: 202, body: { ...body, accepted: true } } as const);
  }

  on(contract.listPlanChoices)(async ({ caller, params }) => ({
    status: 200,
    body: await list(await ofStaff(caller, params.id)),
  }));
  on(contract.previewPlanChange)(async ({ caller, params, body }) => ({
    status: 200,
    body: await previewChange(deps, (await ofStaff(caller, params.id)).subscription, body),
  }));
  on(contract.changePlan)(async ({ caller, params, body, attempt }) => {
    const asking = await ofStaff(caller, params.id);
    return staffAnswer(asking, await change(asking, body, attempt));
  });
  on(contract.keepPlan)(async ({ caller, params, attempt }) => {
    const asking = await ofStaff(caller, params.id);
    return staffAnswer(asking, await keep(asking, attempt));
  });

  on(contract.listOrderPlanChoices)(async ({ caller }) => ({
    status: 200,
    body: await list(await ofCustomer(caller)),
  }));
  on(contract.previewOrderPlanChange)(async ({ caller, body }) => ({
    status: 200,
    body: await previewChange(deps, (await ofCustomer(caller)).subscription, body),
  }));
  on(contract.changeOrderPlan)(async ({ caller, body, attempt }) =>
    orderAnswer(caller, await change(await ofCustomer(caller), body, attempt)),
  );
  on(contract.keepOrderPlan)(async ({ caller, attempt }) =>
    orderAnswer(caller, await keep(await ofCustomer(caller), attempt)),
  );

  return router;
}

type Asked = Parameters<typeof requestUpdate>[1];

interface Asking {
  subscription: Subscription;
  /** Reads it again, inside the transaction that writes. */
  find: (tx: EntityManager) => Promise<Subscription>;
  by: Actor;
}
