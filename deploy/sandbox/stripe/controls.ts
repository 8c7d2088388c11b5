import express, { type ErrorRequestHandler, type Request, type Router } from 'express';
import { z } from 'zod';
import { newCoupon, newPromotionCode } from './objects/catalog.ts';
import { expireSession } from './money/checkout.ts';
import { settle } from './money/clock.ts';
import { collect, renew } from './money/subscriptions.ts';
import type { Attempt } from './money/payments.ts';
import { ApiError } from './wire/errors.ts';
import type { Courier } from './webhooks/courier.ts';
import { NOBODY, type Tx } from './world/tx.ts';
import type { World } from './world/world.ts';

const outcome = z
  .strictObject({
    outcome: z.enum(['succeeds', 'declines', 'as-the-card']).default('as-the-card'),
    declineCode: z.string().default('generic_decline'),
  })
  .default({ outcome: 'as-the-card', declineCode: 'generic_decline' });
const settlement = z
  .strictObject({ outcome: z.enum(['succeeds', 'fails', 'as-the-account']).default('as-the-account') })
  .default({ outcome: 'as-the-account' });
const redelivery = z
  .strictObject({ times: z.int().min(1).max(1_000).default(1), atOnce: z.boolean().default(false) })
  .default({ times: 1, atOnce: false });
const release = z.strictObject({ order: z.array(z.string()).default([]) }).default({ order: [] });
const customEvent = z.strictObject({
  type: z.string().min(1),
  object: z.record(z.string(), z.unknown()).default({}),
});
const webhook = z.strictObject({
  url: z.url().nullable().optional(),
  secrets: z.array(z.string().min(1)).min(1).optional(),
});
const promotion = z.strictObject({
  code: z.string().min(1),
  percentOff: z.number().min(0.01).max(100),
  duration: z.enum(['forever', 'once']).default('once'),
  maxRedemptions: z.int().min(1).optional(),
});

/** The levers that Stripe does not have, for tests and demonstrations; mount at `/__sandbox/stripe`. See README.md. */
export function controlRouter(world: World, courier: Courier): Router {
  const router = express.Router();
  const act = <T>(change: (tx: Tx) => T): T => world.transact(NOBODY, change);
  router.use(express.json());

  router.post('/subscriptions/:id/renew', (req, res) => {
    const forced = forcedBy(outcome.parse(req.body));
    act((tx) => {
      tx.need('subscriptions', idOf(req), 'subscription');
      renew(tx, idOf(req), forced);
    });
    res.json(world.state.subscriptions[idOf(req)]);
  });
  router.post('/subscriptions/:id/pay', (req, res) => {
    const forced = forcedBy(outcome.parse(req.body));
    act((tx) => collect(tx, openInvoiceOf(tx, idOf(req)), { forced }));
    res.json(world.state.subscriptions[idOf(req)]);
  });
  router.post('/subscriptions/:id/settle-debit', (req, res) => {
    const { outcome: wanted } = settlement.parse(req.body);
    act((tx) => {
      const intent = processingIntentOf(tx, idOf(req));
      const debit = tx.need('debits', intent, 'debit');
      settle(tx, intent, wanted === 'as-the-account' ? debit.outcome : wanted);
    });
    res.json(world.state.subscriptions[idOf(req)]);
  });
  router.post('/sessions/:id/expire', (req, res) => {
    res.json(
      act((tx) => {
        tx.need('sessions', idOf(req), 'checkout.session');
        return expireSession(tx, idOf(req));
      }),
    );
  });
  router.post('/promotion-codes', (req, res) => {
    const { code, percentOff, duration, maxRedemptions } = promotion.parse(req.body);
    const made = act((tx) => {
      const coupon = newCoupon({ percentOff, duration, metadata: {} }, tx.now);
      const promotionCode = newPromotionCode(
        { code, coupon: coupon.id, maxRedemptions, metadata: {} },
        tx.now,
      );
      tx.put('coupons', coupon.id, coupon);
      tx.put('promotionCodes', promotionCode.id, promotionCode);
      return promotionCode;
    });
    res.status(201).json(made);
  });

  router
    .route('/webhook')
    .get((_req, res) => {
      const { webhookUrl, holding } = world.state.settings;
      const waiting = Object.values(world.state.deliveries).map((delivery) => ({
        ...delivery,
        type: world.state.events[delivery.event]?.type,
      }));
      res.json({ url: webhookUrl, holding, waiting });
    })
    .put((req, res) => {
      const { url, secrets } = webhook.parse(req.body);
      const { settings } = world.state;
      if (url !== undefined) settings.webhookUrl = url;
      if (secrets) settings.webhookSecrets = secrets;
      world.saveSettings();
      courier.wake();
      res.json({ url: settings.webhookUrl });
    });
  router.post('/webhook/hold', (_req, res) => {
    world.state.settings.holding = true;
    world.saveSettings();
    res.status(204).end();
  });
  router.post('/webhook/release', async (req, res) => {
    res.json({ delivered: await courier.release(release.parse(req.body).order) });
  });
  router.post('/events/:id/redeliver', async (req, res) => {
    const { times, atOnce } = redelivery.parse(req.body);
    act((tx) => tx.need('events', idOf(req), 'event'));
    res.json({ delivered: await courier.redeliver(idOf(req), times, atOnce) });
  });
  router.post('/events', (req, res) => {
    const { type, object } = customEvent.parse(req.body);
    act((tx) => tx.emit(type, object));
    res.status(201).json(Object.values(world.state.events).at(-1));
  });
  router.use(answerErrors);
  return router;
}

function idOf(req: Request): string {
  return String(req.params['id']);
}

function forcedBy({ outcome: wanted, declineCode }: z.output<typeof outcome>): Attempt['forced'] {
  if (wanted === 'as-the-card') return undefined;
  return wanted === 'succeeds' ? { outcome: 'succeeds' } : { outcome: 'declines', declineCode };
}

function openInvoiceOf(tx: Tx, subscription: string): string {
  const open = tx
    .all('invoices')
    .find(
      ({ parent, status }) => parent.subscription_details.subscription === subscription && status === 'open',
    );
  if (!open)
    throw new ApiError(404, {
      type: 'invalid_request_error',
      message: `${subscription} has no open invoice.`,
    });
  return open.id;
}

function processingIntentOf(tx: Tx, subscription: string): string {
  const invoice = openInvoiceOf(tx, subscription);
  const payment = tx.all('invoicePayments').find((candidate) => candidate.invoice === invoice);
  return payment?.payment.payment_intent ?? '';
}

/** Express tells an error handler by its four parameters. */
const answerErrors: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (error instanceof ApiError) res.status(error.status).json({ error: error.fields.message });
  else if (error instanceof z.ZodError) res.status(400).json({ error: z.prettifyError(error) });
  else next(error);
};
