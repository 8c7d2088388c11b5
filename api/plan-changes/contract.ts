import { z } from 'zod';
import { EdgeId } from '../../schemas/api/common.ts';
import { PlanChangeBody, PlanChangePreview, PlanChoices } from '../../schemas/api/plan-changes.ts';
import { OrderView } from '../../schemas/api/shop.ts';
import { SubscriptionView } from '../../schemas/api/staff.ts';
import { defineRoute } from '../http/contract.ts';
import { AcceptedOrder } from '../orders/contract.ts';
import { exampleOrder, exampleToken } from '../orders/example.ts';
import { AcceptedSubscription } from '../subscriptions/contract.ts';
import { exampleSubscription } from '../subscriptions/example.ts';

const exampleBody: PlanChangeBody = { planKey: 'linux-m', planVersion: 1 };

const examplePreview: PlanChangePreview = {
  ...exampleBody,
  takesEffect: 'now',
  effectiveAt: null,
  currency: 'eur',
  interval: 'month',
  dueNowMinor: 1_033,
  taxMinor: 0,
  amountMinor: 2_500,
};

const exampleChoices: PlanChoices = {
  quantity: 1,
  interval: 'month',
  currency: 'eur',
  periodEnd: '2026-04-01T11:02:00.000Z',
  current: {
    planKey: 'linux-s',
    planVersion: 1,
    name: { en: 'Linux VPS S', de: 'Linux-VPS S' },
    resources: { vcpus: 1, memoryMb: 1_024, diskGb: 25 },
    amountMinor: 900,
  },
  choices: [
    {
      ...exampleBody,
      name: { en: 'Linux VPS M', de: 'Linux-VPS M' },
      resources: { vcpus: 2, memoryMb: 4_096, diskGb: 80 },
      amountMinor: 2_500,
      takesEffect: 'now',
      refusal: null,
    },
  ],
};

const WHAT_HAPPENS =
  'A dearer plan takes effect at once: the difference for the rest of the period is charged, then the servers are resized; a declined ' +
  'payment or a failed resize leaves all as it was. A cheaper one takes effect with the next period and can be taken back until an ' +
  'hour before. Interval, currency, region, quantity and addresses stay. A plan that cannot be changed to is refused with the reason ' +
  'that the list of plans gives.';

const choicesAnswer = {
  200: { description: 'The plans.', body: PlanChoices, example: exampleChoices },
} as const;
const previewAnswer = {
  200: { description: 'What it costs.', body: PlanChangePreview, example: examplePreview },
} as const;
const body = { shape: PlanChangeBody, example: exampleBody } as const;
const whyNot = ['action-not-possible', 'unknown-plan', 'plan-changed'] as const;
const previewProblems = [...whyNot, 'payment-provider-unavailable'] as const;
const changeProblems = [...whyNot, 'subscription-over'] as const;
const keepProblems = ['action-not-possible', 'subscription-over'] as const;

const ofSubscription = {
  tag: 'Subscriptions',
  params: z.strictObject({ id: EdgeId('subscription') }),
  paramExamples: { id: exampleSubscription.id },
  unknown: 'unknown-subscription',
} as const;
const subscriptionAnswers = {
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

export const listPlanChoices = defineRoute({
  ...ofSubscription,
  method: 'get',
  path: '/v1/subscriptions/{id}/plans',
  operationId: 'listSubscriptionPlanChoices',
  summary: 'The plans that a subscription can change to, and why not to the others',
  access: { scope: 'subscriptions:read' },
  answers: choicesAnswer,
});

export const previewPlanChange = defineRoute({
  ...ofSubscription,
  method: 'post',
  path: '/v1/subscriptions/{id}/plan/preview',
  operationId: 'previewSubscriptionPlanChange',
  summary: 'What a change of plan would cost now',
  description: 'The payment provider’s own sum. Changes nothing.',
  access: { scope: 'subscriptions:read' },
  body,
  answers: previewAnswer,
  problems: previewProblems,
});

export const changePlan = defineRoute({
  ...ofSubscription,
  method: 'post',
  path: '/v1/subscriptions/{id}/plan',
  operationId: 'changeSubscriptionPlan',
  summary: 'Change the plan: price and size of the servers, or neither',
  description: WHAT_HAPPENS,
  access: { scope: 'subscriptions:write' },
  idempotent: true,
  body,
  answers: subscriptionAnswers,
  problems: changeProblems,
});

export const keepPlan = defineRoute({
  ...ofSubscription,
  method: 'delete',
  path: '/v1/subscriptions/{id}/plan',
  operationId: 'keepSubscriptionPlan',
  summary: 'Take a planned change of plan back',
  access: { scope: 'subscriptions:write' },
  idempotent: true,
  answers: subscriptionAnswers,
  problems: keepProblems,
});

const ofOrder = {
  tag: 'Orders',
  access: 'order',
  params: z.strictObject({ token: z.string() }),
  paramExamples: { token: exampleToken },
  unknown: 'unknown-order',
} as const;
const orderAnswers = {
  200: { description: 'Accepted; the order as it stands now.', body: OrderView, example: exampleOrder },
  202: {
    description: 'Kept, and will be done as soon as the workflow engine answers again.',
    body: AcceptedOrder,
    example: { ...exampleOrder, accepted: true },
  },
} as const;

export const listOrderPlanChoices = defineRoute({
  ...ofOrder,
  method: 'get',
  path: '/v1/orders/{token}/plans',
  operationId: 'listOrderPlanChoices',
  summary: 'The plans that the order can change to, and why not to the others',
  answers: choicesAnswer,
});

export const previewOrderPlanChange = defineRoute({
  ...ofOrder,
  method: 'post',
  path: '/v1/orders/{token}/plan/preview',
  operationId: 'previewOrderPlanChange',
  summary: 'What a change of plan would cost now',
  description: 'The payment provider’s own sum. Changes nothing.',
  limited: true,
  body,
  answers: previewAnswer,
  problems: previewProblems,
});

export const changeOrderPlan = defineRoute({
  ...ofOrder,
  method: 'post',
  path: '/v1/orders/{token}/plan',
  operationId: 'changeOrderPlan',
  summary: 'Change the plan: price and size of the servers, or neither',
  description: WHAT_HAPPENS,
  limited: true,
  idempotent: true,
  body,
  answers: orderAnswers,
  problems: changeProblems,
});

export const keepOrderPlan = defineRoute({
  ...ofOrder,
  method: 'delete',
  path: '/v1/orders/{token}/plan',
  operationId: 'keepOrderPlan',
  summary: 'Take a planned change of plan back',
  limited: true,
  idempotent: true,
  answers: orderAnswers,
  problems: keepProblems,
});
