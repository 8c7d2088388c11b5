import type { Router } from 'express';
import { LessThan } from 'typeorm';
import type { PaymentEventView } from '../../schemas/api/staff.ts';
import { type PaymentEvent, PaymentEvents } from '../../schemas/db/entities/payment-event.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import { readUuidCursor, toPage, uuidCursor } from '../http/paging.ts';
import { newRoutes, type Server } from '../http/serve.ts';
import { listPaymentEvents } from './contract.ts';

export function paymentEventsRouter(server: Server): Router {
  const { router, on } = newRoutes(server);

  on(listPaymentEvents)(async ({ caller, query }) =>
    withTenant(server.deps.db, caller.tenantId, async (tx) => {
      const below = readUuidCursor(query.cursor);
      const rows = await tx.getRepository(PaymentEvents).find({
        where: below === null ? {} : { id: LessThan(below) },
        order: { id: 'DESC' },
        take: query.limit + 1,
      });
      const page = toPage(rows, query.limit, uuidCursor);
      return { status: 200, body: { ...page, data: page.data.map(paymentEventView) } };
    }),
  );

  return router;
}

function paymentEventView(event: PaymentEvent): PaymentEventView {
  return {
    id: toEdgeId('paymentEvent', event.id),
    eventId: event.eventId,
    type: event.type,
    occurredAt: event.occurredAt.toISOString(),
    receivedAt: event.receivedAt.toISOString(),
    state: event.state,
    subscriptionId: event.subscriptionId && toEdgeId('subscription', event.subscriptionId),
    detail: event.detail,
  };
}
