import { z } from 'zod';
import { OrderAction, OrderActionRequest, OrderView, PaymentPage } from '../../schemas/api/shop.ts';
import { defineRoute } from '../http/contract.ts';
import { exampleOrder, exampleToken } from './example.ts';

const OrderToken = z.strictObject({ token: z.string() });

/** An order whose change is kept and will be made. */
export const AcceptedOrder = OrderView.extend({ accepted: z.literal(true) });

export const getOrder = defineRoute({
  method: 'get',
  path: '/v1/orders/{token}',
  operationId: 'getOrder',
  tag: 'Orders',
  summary: 'The order behind a link',
  access: 'order',
  params: OrderToken,
  paramExamples: { token: exampleToken },
  unknown: 'unknown-order',
  answers: { 200: { description: 'The order.', body: OrderView, example: exampleOrder } },
});

export const watchOrder = defineRoute({
  method: 'get',
  path: '/v1/orders/{token}/events',
  operationId: 'watchOrder',
  tag: 'Orders',
  summary: 'The order as it changes, live',
  description:
    'Server-sent events named `order`, each with the whole order as JSON: one at once and one after every change. The event id is the ' +
    'newest `seq` of the timeline. Because each event is complete, a reader who reconnects (with Last-Event-ID or without) misses nothing.',
  access: 'order',
  params: OrderToken,
  paramExamples: { token: exampleToken },
  unknown: 'unknown-order',
  answers: {
    200: {
      description: 'The stream.',
      text: 'text/event-stream',
      example: 'event: order\nid: 42\ndata: {"stage":"provisioning", …}\n\n',
    },
  },
});

export const payOrder = defineRoute({
  method: 'post',
  path: '/v1/orders/{token}/payment',
  operationId: 'payOrder',
  tag: 'Orders',
  summary: 'Where to pay what is overdue',
  description:
    'Answers the payment provider’s page for an overdue payment; what is paid with there also pays the later periods. Possible while ' +
    'the order says `canPay`. Paying changes the order by itself.',
  access: 'order',
  limited: true,
  idempotent: true,
  params: OrderToken,
  paramExamples: { token: exampleToken },
  unknown: 'unknown-order',
  answers: {
    200: {
      description: 'The page.',
      body: PaymentPage,
      example: { url: 'https://invoice.example/i/in_1' },
    },
  },
  problems: ['nothing-to-pay', 'payment-provider-unavailable'],
});

export const actOnOrder = defineRoute({
  method: 'post',
  path: '/v1/orders/{token}/actions/{action}',
  operationId: 'actOnOrder',
  tag: 'Orders',
  summary: 'Change the order as its customer',
  description: 'What is possible now is in the order’s `actions`.',
  access: 'order',
  limited: true,
  idempotent: true,
  params: OrderToken.extend({ action: OrderAction }),
  paramExamples: { token: exampleToken, action: 'cancel' },
  unknown: 'not-found',
  body: { shape: OrderActionRequest, example: { when: 'period-end' }, optional: true },
  answers: {
    200: { description: 'Accepted; the order as it stands now.', body: OrderView, example: exampleOrder },
    202: {
      description: 'Kept, and will be done as soon as the workflow engine answers again.',
      body: AcceptedOrder,
      example: { ...exampleOrder, accepted: true },
    },
  },
  problems: ['action-not-possible', 'subscription-over'],
});
