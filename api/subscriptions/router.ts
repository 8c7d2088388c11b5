import { Router } from 'express';
import { LessThan } from 'typeorm';
import { TimelineEntries } from '../../schemas/db/entities/timeline-entry.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import type { SubscriptionView } from '../../schemas/api/staff.ts';
import type { Actor } from '../../schemas/subscriptions/lifecycle.ts';
import type { StaffCaller } from '../http/caller.ts';
import type { Attempt } from '../http/idempotency.ts';
import { readSeqCursor, toPage } from '../http/paging.ts';
import { ApiProblem } from '../http/problem.ts';
import { serve, type Server } from '../http/serve.ts';
import { requestUpdate, type UpdateToRequest } from '../updates/request-update.ts';
import * as contract from './contract.ts';
import { findSubscription, listSubscriptions, subscriptionUuid, withFacts } from './find.ts';
import { timelineView } from './timeline.ts';
import { subscriptionView } from './view.ts';

export function subscriptionsRouter(server: Server): Router {
  const { db, config } = server.deps;
  const router = Router();

  const load = async (tenantId: string, edgeId: string): Promise<SubscriptionView> =>
    withTenant(db, tenantId, async (tx) => {
      const [facts] = await withFacts(tx, [await findSubscription(tx, edgeId)]);
      if (!facts) throw new ApiProblem('unknown-subscription');
      return subscriptionView(facts, config);
    });

  serve(
    server,
    router,
    contract.listSubscriptions,
  )(async ({ caller, query }) =>
    withTenant(db, caller.tenantId, async (tx) => {
      const page = toPage(
        await listSubscriptions(tx, query),
        query.limit,
        ({ id }) => id,
        (row) => row,
      );
      const data = await withFacts(tx, page.data);
      return {
        status: 200,
        body: { data: data.map((facts) => subscriptionView(facts, config)), nextCursor: page.nextCursor },
      };
    }),
  );

  serve(
    server,
    router,
    contract.getSubscription,
  )(async ({ caller, params }) => ({ status: 200, body: await load(caller.tenantId, params.id) }));

  serve(
    server,
    router,
    contract.getTimeline,
  )(async ({ caller, params, query }) =>
    withTenant(db, caller.tenantId, async (tx) => {
      const { id } = await findSubscription(tx, params.id);
      const below = readSeqCursor(query.cursor);
      const rows = await tx.getRepository(TimelineEntries).find({
        where: { subscriptionId: id, ...(below === null ? {} : { seq: LessThan(below) }) },
        order: { seq: 'DESC' },
        take: query.limit + 1,
      });
      return { status: 200, body: toPage(rows, query.limit, ({ seq }) => seq, timelineView) };
    }),
  );

  interface Asking {
    caller: StaffCaller;
    params: { id: string };
    attempt: Attempt;
  }

  const ask = async ({ caller, params, attempt }: Asking, toUpdate: (by: Actor) => UpdateToRequest) => {
    const by: Actor = { kind: 'staff', id: toEdgeId('apiKey', caller.keyId) };
    const done = await requestUpdate(server.deps, {
      tenantId: caller.tenantId,
      subscriptionId: subscriptionUuid(params.id),
      updateId: attempt.id,
      by,
      asked: toUpdate(by),
      // Row-level security hides another tenant's: for it nothing must be written down either.
      guard: async (tx) => void (await findSubscription(tx, params.id)),
    });
    const body = await load(caller.tenantId, params.id);
    return done
      ? ({ status: 200, body } as const)
      : ({ status: 202, body: { ...body, accepted: true } } as const);
  };

  serve(
    server,
    router,
    contract.suspendSubscription,
  )((asking) => ask(asking, (by) => ({ update: 'suspend', request: { by, reason: asking.body.reason } })));
  serve(
    server,
    router,
    contract.cancelSubscription,
  )((asking) => ask(asking, (by) => ({ update: 'cancel', request: { by, ...asking.body } })));
  serve(
    server,
    router,
    contract.refundSubscription,
  )((asking) => ask(asking, (by) => ({ update: 'refund', request: { by, reason: asking.body.reason } })));
  serve(
    server,
    router,
    contract.resumeSubscription,
  )((asking) => ask(asking, (by) => ({ update: 'resume', request: { by } })));
  serve(
    server,
    router,
    contract.retrySubscription,
  )((asking) => ask(asking, (by) => ({ update: 'retry', request: { by } })));
  serve(
    server,
    router,
    contract.rotateCredentials,
  )((asking) => ask(asking, (by) => ({ update: 'rotate-credentials', request: { by } })));

  return router;
}
