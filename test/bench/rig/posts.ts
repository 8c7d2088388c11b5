/** Signed payment events as the payment provider sends them, each another one. */
import { randomUUID } from 'node:crypto';
import Stripe from 'stripe';

export interface SignedPost {
  body: string;
  headers: Record<string, string>;
}

/** About as large as the real thing (3 KB), of a type that the product acts upon. */
export function signedPost(secret: string): SignedPost {
  const body = JSON.stringify({
    id: `evt_${randomUUID().replaceAll('-', '')}`,
    object: 'event',
    api_version: '2026-08-26.dahlia',
    created: Math.floor(Date.now() / 1_000),
    type: 'invoice.paid',
    livemode: false,
    pending_webhooks: 1,
    data: {
      object: {
        id: `in_${randomUUID().replaceAll('-', '')}`,
        object: 'invoice',
        amount_due: 1000,
        currency: 'usd',
        customer: 'cus_TenureBenchmark',
        parent: {
          type: 'subscription_details',
          subscription_details: { metadata: {}, subscription: 'sub_TenureBenchmark' },
        },
        lines: {
          object: 'list',
          data: Array.from({ length: 4 }, (_, line) => ({
            id: `il_${line}`,
            object: 'line_item',
            amount: 250,
            currency: 'usd',
            description: 'One server for one month, with its address, its traffic and its snapshots'.repeat(
              4,
            ),
            period: { start: 1_790_000_000, end: 1_792_000_000 },
            pricing: { type: 'price_details', price_details: { price: 'price_x', product: 'prod_x' } },
          })),
        },
      },
    },
  });
  const signature = Stripe.webhooks.generateTestHeaderString({ payload: body, secret });
  return { body, headers: { 'content-type': 'application/json', 'stripe-signature': signature } };
}
