import type { Router } from 'express';
import { LessThan } from 'typeorm';
import { TimelineEntries } from '../../schemas/db/entities/timeline-entry.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import type { Actor } from '../../schemas/subscriptions/lifecycle.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { StaffCaller } from '../http/caller.ts';
import type { Attempt } from '../http/idempotency.ts';
import { readSeqCursor, seqCursor, toPage, uuidCursor } from '../http/paging.ts';
import { type AddRoute, newRoutes, type Server } from '../http/serve.ts';
import { requestUpdate, type UpdateToRequest } from '../updates/request-update.ts';
import * as contract from './contract.ts';
import { findSubscription, listSubscriptions, subscriptionUuid, withFacts } from './find.ts';
import { loadSubscription } from './load.ts';
import { timelineView } from './timeline.ts';
import { subscriptionView } from './view.ts';

export function subscriptionsRouter(server: Server): Router {
  const { router, on } = newRoutes(server);
  addReading(server, on);
  addUpdates(server, on);
  return router;
}

function addReading(server: Server, on: AddRoute): void {
  const { db, config } = server.deps;

  on(contract.listSubscriptions)(async ({ caller, query }) =>
    withTenant(db, caller.tenantId, async (tx) => {
      const rows = await listSubscriptions(tx, query);
      const page = toPage(rows, query.limit, uuidCursor);
      const facts = await withFacts(tx, page.data);
      const data = facts.map((each) => subscriptionView(each, config));
      return { status: 200, body: { data, nextCursor: page.nextCursor } };
    }),
  );

  on(contract.getSubscription)(async ({ caller, params }) => ({
    status: 200,
    body: await loadSubscription(server.deps, caller.tenantId, params.id),
  }));

  on(contract.getTimeline)(async ({ caller, params, query }) =>
    withTenant(db, caller.tenantId, async (tx) => {
      const { id } = await findSubscription(tx, params.id);
      const below = readSeqCursor(query.cursor);
      const rows = await tx.getRepository(TimelineEntries).find({
        where: { subscriptionId: id, ...(below === null ? {} : { seq: LessThan(below) }) },
        order: { seq: 'DESC' },
        take: query.limit + 1,
      });
      const page = toPage(rows, query.limit, seqCursor);
      return { status: 200, body: { ...page, data: page.data.map(timelineView) } };
    }),
  );
}

function addUpdates(server: Server, on: AddRoute): void {
  const ask = (asking: Asking, toUpdate: (by: Actor) => UpdateToRequest) =>
    askWorkflow(server.deps, asking, toUpdate);

  on(contract.suspendSubscription)((asking) =>
    ask(asking, (by) => ({ update: 'suspend', request: { by, reason: asking.body.reason } })),
  );
  on(contract.cancelSubscription)((asking) =>
    ask(asking, (by) => ({ update: 'cancel', request: { by, ...asking.body } })),
  );
  on(contract.refundSubscription)((asking) =>
    ask(asking, (by) => ({ update: 'refund', request: { by, reason: asking.body.reason } })),
  );
  on(contract.resumeSubscription)((asking) => ask(asking, (by) => ({ update: 'resume', request: { by } })));
  on(contract.retrySubscription)((asking) => ask(asking, (by) => ({ update: 'retry', request: { by } })));
  on(contract.rotateCredentials)((asking) =>
    ask(asking, (by) => ({ update: 'rotate-credentials', request: { by } })),
  );
}

interface Asking {
  caller: StaffCaller;
  params: { id: string };
  attempt: Attempt;
}

async function askWorkflow(
  deps: ApiDependencies,
  { caller, params, attempt }: Asking,
  toUpdate: (by: Actor) => UpdateToRequest,
) {
  const by: Actor = { kind: 'staff', id: toEdgeId('apiKey', caller.keyId) };
  const done = await requestUpdate(deps, {
    tenantId: caller.tenantId,
    subscriptionId: subscriptionUuid(params.id),
    updateId: attempt.id,
    by,
    asked: toUpdate(by),
    // Row-level security hides another tenant's subscription: for it nothing may be written down either.
    guard: async (tx) => void (await findSubscription(tx, params.id)),
  });
  const body = await loadSubscription(deps, caller.tenantId, params.id);
  return done
    ? ({ status: 200, body } as const)
    : ({ status: 202, body: { ...body, accepted: true } } as const);
}
