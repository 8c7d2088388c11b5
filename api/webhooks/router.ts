import { randomUUID } from 'node:crypto';
import type { Request, Router } from 'express';
import type { PaymentEvent } from '../../activities/payments/port.ts';
import type { z } from 'zod';
import { WebhookRejected } from '../../schemas/webhook-rejected.ts';
import { readBody } from '../http/body.ts';
import type { ApiMetrics } from '../http/metrics.ts';
import { ApiProblem } from '../http/problem.ts';
import { newRoutes, SENT, type Server } from '../http/serve.ts';
import { isStorable } from '../http/validate.ts';
import { receiveWebhook, WEBHOOK_LIMIT_BYTES, type WebhookReceived } from './contract.ts';
import { createAnnouncer } from './announce.ts';
import { storeEvent } from './store-event.ts';

const RECEIVED = JSON.stringify({ received: true } satisfies z.infer<typeof WebhookReceived>);

export function webhooksRouter(server: Server, metrics: ApiMetrics): Router {
  const { deps } = server;
  const { router, on } = newRoutes(server);
  const announce = createAnnouncer(deps.gatewayPool);
  const signatureHeader = `${deps.payments.name}-signature`;

  const read = async (req: Request): Promise<PaymentEvent> => {
    const body = await readBody(req, WEBHOOK_LIMIT_BYTES);
    const signature = req.headers[signatureHeader];
    try {
      const event = deps.payments.readWebhook(
        body,
        typeof signature === 'string' ? signature : undefined,
        new Date(),
      );
      return storable(event);
    } catch (error) {
      if (error instanceof WebhookRejected) throw new ApiProblem(error.reason, { detail: error.message });
      throw error;
    }
  };

  on(receiveWebhook)(async ({ params, req, res, caller }) => {
    const requestId = randomUUID();
    res.setHeader('X-Request-Id', requestId);
    if (params.provider !== deps.payments.name) throw new ApiProblem('not-found');
    try {
      const outcome = await storeEvent(deps.gatewayPool, caller.tenantId, await read(req));
      metrics.countWebhook(outcome);
      if (outcome === 'stored') announce();
      // Always the same few bytes: without Express's help.
      res.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' }).end(RECEIVED);
      return SENT;
    } catch (error) {
      const rejected = error instanceof ApiProblem;
      metrics.countWebhook(rejected ? 'rejected' : 'failed');
      if (rejected) deps.logger.warn({ requestId, kind: error.kind }, 'webhook rejected');
      throw error;
    }
  });

  return router;
}

/** @throws WebhookRejected if Postgres could never store it: sending it again would not help */
function storable(event: PaymentEvent): PaymentEvent {
  const texts = [event.eventId, event.type, event.checkoutRef, event.billingRef];
  if (texts.every((text) => text === null || isStorable(text))) return event;
  throw new WebhookRejected('body-invalid', 'The event has characters that are not text.');
}
