import { CheckoutAnswer, CheckoutRequest } from '../../schemas/api/shop.ts';
import { defineRoute } from '../http/contract.ts';

export const createCheckout = defineRoute({
  method: 'post',
  path: '/v1/checkouts',
  operationId: 'createCheckout',
  tag: 'Shop',
  summary: 'Place an order and open its payment page',
  description:
    'The order is taken for exactly the plan version and total given; if either has changed, nothing happens and the answer has the plan ' +
    'as it is sold now. Send an Idempotency-Key (a random UUID, kept to yourself) so that a repeated request is the same order.',
  access: 'public',
  limited: true,
  idempotent: true,
  body: {
    shape: CheckoutRequest,
    example: {
      planKey: 'linux-s',
      planVersion: 1,
      interval: 'month',
      currency: 'eur',
      region: 'fra',
      quantity: 1,
      expectedTotalMinor: 900,
      email: 'ada@example.com',
      name: 'Ada Example',
      language: 'en',
    },
  },
  answers: {
    201: {
      description: 'The order awaits payment.',
      body: CheckoutAnswer,
      example: {
        subscriptionId: 'sub_019a9f0c5e7b7c3c8a4d0e1f2a3b4c5d',
        orderToken: 'AZqfDF5-…',
        orderUrl: 'https://shop.example/order/AZqfDF5-…',
        paymentUrl: 'https://checkout.example/c/pay/cs_1',
        expiresAt: '2026-03-01T12:00:00.000Z',
      },
    },
  },
  unknown: 'unknown-plan',
  problems: [
    'plan-changed',
    'price-changed',
    'plan-unavailable',
    'checkout-expired',
    'not-sold-so',
    'payment-details-refused',
    'payment-provider-unavailable',
  ],
});
