import { z } from 'zod';
import { EdgeId, PageOf, PageQuery } from '../../schemas/api/common.ts';
import { TimelineEntry } from '../../schemas/api/shop.ts';
import {
  CancelBody,
  EmptyBody,
  RefundBody,
  SubscriptionListQuery,
  SubscriptionView,
  SuspendBody,
} from '../../schemas/api/staff.ts';
import { defineRoute } from '../http/contract.ts';
import { exampleSubscription } from './example.ts';

const SubscriptionId = z.strictObject({ id: EdgeId('subscription') });
const paramExamples = { id: exampleSubscription.id };

/** A subscription whose change is kept and will be made. */
export const AcceptedSubscription = SubscriptionView.extend({ accepted: z.literal(true) });

export const listSubscriptions = defineRoute({
  method: 'get',
  path: '/v1/subscriptions',
  operationId: 'listSubscriptions',
  tag: 'Subscriptions',
  summary: 'Subscriptions, newest first',
  access: { scope: 'subscriptions:read' },
  query: SubscriptionListQuery,
  answers: {
    200: {
      description: 'A page.',
      body: PageOf(SubscriptionView),
      example: { data: [exampleSubscription], nextCursor: null },
    },
  },
});

export const getSubscription = defineRoute({
  method: 'get',
  path: '/v1/subscriptions/{id}',
  operationId: 'getSubscription',
  tag: 'Subscriptions',
  summary: 'One subscription',
  access: { scope: 'subscriptions:read' },
  params: SubscriptionId,
  paramExamples,
  unknown: 'unknown-subscription',
  answers: {
    200: { description: 'The subscription.', body: SubscriptionView, example: exampleSubscription },
  },
});

export const getTimeline = defineRoute({
  method: 'get',
  path: '/v1/subscriptions/{id}/timeline',
  operationId: 'getSubscriptionTimeline',
  tag: 'Subscriptions',
  summary: 'What happened to a subscription, newest first',
  access: { scope: 'subscriptions:read' },
  params: SubscriptionId,
  paramExamples,
  unknown: 'unknown-subscription',
  query: PageQuery,
  answers: {
    200: {
      description: 'A page.',
      body: PageOf(TimelineEntry),
      example: {
        data: [{ seq: 42, at: '2026-03-01T11:01:00.000Z', kind: 'payment-received', data: {} }],
        nextCursor: null,
      },
    },
  },
});

const accepted = {
  200: {
    description: 'Accepted; the subscription as it stands now.',
    body: SubscriptionView,
    example: exampleSubscription,
  },
  202: {
    description: 'Kept, and will be done as soon as the workflow engine answers again.',
    body: AcceptedSubscription,
    example: { ...exampleSubscription, accepted: true },
  },
} as const;

const common = {
  method: 'post',
  tag: 'Subscriptions',
  access: { scope: 'subscriptions:write' },
  idempotent: true,
  params: SubscriptionId,
  paramExamples,
  unknown: 'unknown-subscription',
  answers: accepted,
  problems: ['action-not-possible', 'subscription-over'],
} as const;

export const suspendSubscription = defineRoute({
  ...common,
  path: '/v1/subscriptions/{id}/suspend',
  operationId: 'suspendSubscription',
  summary: 'Stop the servers and keep their data',
  body: { shape: SuspendBody, example: { reason: 'Abuse report 4711' } },
});

export const resumeSubscription = defineRoute({
  ...common,
  path: '/v1/subscriptions/{id}/resume',
  operationId: 'resumeSubscription',
  summary: 'Lift a suspension, or undo a cancellation before the data is deleted',
  body: { shape: EmptyBody, example: {}, optional: true },
});

export const cancelSubscription = defineRoute({
  ...common,
  path: '/v1/subscriptions/{id}/cancel',
  operationId: 'cancelSubscription',
  summary: 'End the subscription, now or with the paid period',
  body: { shape: CancelBody, example: { when: 'period-end', reason: 'Asked for by phone' } },
});

export const retrySubscription = defineRoute({
  ...common,
  path: '/v1/subscriptions/{id}/retry',
  operationId: 'retrySubscription',
  summary: 'Try again what needs attention',
  body: { shape: EmptyBody, example: {}, optional: true },
});

export const refundSubscription = defineRoute({
  ...common,
  path: '/v1/subscriptions/{id}/refund',
  operationId: 'refundSubscription',
  summary: 'Give back what was paid for servers that could not be made',
  body: { shape: RefundBody, example: { reason: 'Region sold out' } },
});

export const rotateCredentials = defineRoute({
  ...common,
  path: '/v1/subscriptions/{id}/rotate-credentials',
  operationId: 'rotateCredentials',
  summary: 'Set new passwords and send the customer new links',
  body: { shape: EmptyBody, example: {}, optional: true },
});
