import { z } from 'zod';
import { defineRoute } from '../http/contract.ts';

export const WEBHOOK_LIMIT_BYTES = 1024 * 1024;

export const WebhookReceived = z.object({ received: z.literal(true) });

export const receiveWebhook = defineRoute({
  method: 'post',
  path: '/webhooks/{provider}',
  operationId: 'receivePaymentWebhook',
  tag: 'Webhooks',
  summary: 'For the payment provider only: something happened to a payment',
  description:
    `The signature over the raw body is verified and each event is stored once; it is acted upon afterwards. At most ${WEBHOOK_LIMIT_BYTES} bytes. ` +
    'Answers other than 2xx make the provider send the event again.',
  access: 'public',
  params: z.strictObject({ provider: z.string() }),
  unknown: 'not-found',
  rawBody:
    'The event exactly as the provider signed it; the signature is in the header `<provider>-Signature`.',
  answers: {
    200: {
      description: 'Stored, now or earlier.',
      body: WebhookReceived,
      example: { received: true },
    },
  },
  problems: [
    'signature-missing',
    'signature-invalid',
    'signature-stale',
    'body-invalid',
    'body-too-large',
    'unsupported-media-type',
  ],
});
