import { PageOf, PageQuery } from '../../schemas/api/common.ts';
import { type PaymentEventView as PaymentEvent, PaymentEventView } from '../../schemas/api/staff.ts';
import { defineRoute } from '../http/contract.ts';

const example: PaymentEvent = {
  id: 'evt_019a9f0c5e7b7c3c8a4d0e1f2a3b4c61',
  eventId: 'evt_1',
  type: 'checkout.session.completed',
  occurredAt: '2026-03-01T11:01:00.000Z',
  receivedAt: '2026-03-01T11:01:01.000Z',
  state: 'applied',
  subscriptionId: 'sub_019a9f0c5e7b7c3c8a4d0e1f2a3b4c5d',
  detail: null,
};

export const listPaymentEvents = defineRoute({
  method: 'get',
  path: '/v1/payment-events',
  operationId: 'listPaymentEvents',
  tag: 'Staff',
  summary: 'What the payment provider told us, newest first',
  access: { scope: 'payments:read' },
  query: PageQuery,
  answers: {
    200: {
      description: 'A page.',
      body: PageOf(PaymentEventView),
      example: { data: [example], nextCursor: null },
    },
  },
});
