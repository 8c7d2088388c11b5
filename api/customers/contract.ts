import { z } from 'zod';
import { EdgeId, PageOf } from '../../schemas/api/common.ts';
import {
  CustomerChange,
  CustomerListQuery,
  type CustomerView as Customer,
  CustomerView,
} from '../../schemas/api/staff.ts';
import { defineRoute } from '../http/contract.ts';

const example: Customer = {
  id: 'cus_019a9f0c5e7b7c3c8a4d0e1f2a3b4c5e',
  email: 'ada@example.com',
  name: 'Ada Example',
  language: 'en',
  paymentRef: 'cus_1',
  createdAt: '2026-03-01T11:00:00.000Z',
};

export const listCustomers = defineRoute({
  method: 'get',
  path: '/v1/customers',
  operationId: 'listCustomers',
  tag: 'Customers',
  summary: 'Customers, newest first',
  description:
    'Every order has a customer of its own, so an address may have several. Their subscriptions: `GET /v1/subscriptions?customerId=…`.',
  access: { scope: 'customers:read' },
  query: CustomerListQuery,
  answers: {
    200: {
      description: 'A page.',
      body: PageOf(CustomerView),
      example: { data: [example], nextCursor: null },
    },
  },
});

const one = {
  path: '/v1/customers/{id}',
  tag: 'Customers',
  params: z.strictObject({ id: EdgeId('customer') }),
  paramExamples: { id: example.id },
  unknown: 'unknown-customer',
} as const;

export const getCustomer = defineRoute({
  ...one,
  method: 'get',
  operationId: 'getCustomer',
  summary: 'One customer',
  access: { scope: 'customers:read' },
  answers: { 200: { description: 'The customer.', body: CustomerView, example } },
});

export const changeCustomer = defineRoute({
  ...one,
  method: 'patch',
  operationId: 'changeCustomer',
  summary: 'Correct how a customer is reached',
  description:
    'From now on mails go to the new address and in the new language; the payment provider is told as well. What is left out stays as it is.',
  access: { scope: 'customers:write' },
  idempotent: true,
  body: { shape: CustomerChange, example: { email: 'ada.lovelace@example.com' } },
  answers: {
    200: { description: 'The customer as it is now.', body: CustomerView, example },
  },
  problems: ['action-not-possible'],
});
