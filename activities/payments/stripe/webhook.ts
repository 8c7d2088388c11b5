import Stripe from 'stripe';
import { z } from 'zod';
import { WebhookRejected, type PaymentEvent } from '../port.ts';
import { METADATA } from './checkout.ts';

export interface WebhookSettings {
  /** Any one may have signed, while secrets are being rotated. */
  secrets: string[];
  /** A signature older than this is refused. */
  toleranceSeconds: number;
}

/** Types after which a subscription may stand differently. All others are stored and left alone. */
const RELEVANT = new Set([
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
  'checkout.session.expired',
  'customer.subscription.created',
  'customer.subscription.updated',
  'customer.subscription.deleted',
  'customer.subscription.paused',
  'customer.subscription.resumed',
  'invoice.paid',
  'invoice.payment_failed',
  'invoice.payment_action_required',
  'invoice.marked_uncollectible',
  'invoice.voided',
  'refund.created',
  'refund.updated',
  'refund.failed',
]);

const Reference = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]).nullish();
const Metadata = z.record(z.string(), z.string()).nullish();

/** Only what we read; Stripe adds members at any time. */
const EventBody = z.object({
  id: z.string().min(1).max(255),
  object: z.literal('event'),
  type: z.string().min(1).max(255),
  created: z.int(),
  data: z.object({
    object: z.object({
      id: z.string().nullish(),
      object: z.string().nullish(),
      metadata: Metadata,
      client_reference_id: z.string().nullish(),
      subscription: Reference,
      parent: z
        .object({ subscription_details: z.object({ metadata: Metadata, subscription: Reference }).nullish() })
        .nullish(),
    }),
  }),
});
type EventObject = z.infer<typeof EventBody>['data']['object'];

/**
 * Verifies and reads a webhook (https://docs.stripe.com/webhooks/signature).
 *
 * @throws WebhookRejected
 */
export function readEvent(
  rawBody: Buffer,
  signature: string | undefined,
  now: Date,
  settings: WebhookSettings,
): PaymentEvent {
  if (signature === undefined || signature === '') {
    throw new WebhookRejected('signature-missing', 'The Stripe-Signature header is missing.');
  }
  const body = EventBody.safeParse(verified(rawBody, signature, now, settings));
  if (!body.success) throw new WebhookRejected('body-invalid', 'The body is not an event.');
  const { id, type, created, data } = body.data;
  return {
    eventId: id,
    type,
    occurredAt: new Date(created * 1_000).toISOString(),
    relevant: RELEVANT.has(type),
    ...subjectOf(data.object),
  };
}

/** The body, once some secret and the tolerance vouch for it. */
function verified(rawBody: Buffer, signature: string, now: Date, settings: WebhookSettings): unknown {
  const read = (toleranceSeconds: number): unknown => {
    for (const secret of settings.secrets) {
      const event = construct(rawBody, signature, { secret, toleranceSeconds, atMs: now.getTime() });
      if (event !== undefined) return event;
    }
    return undefined;
  };
  const event = read(settings.toleranceSeconds);
  if (event !== undefined) return event;
  const anyAge = 0;
  if (read(anyAge) !== undefined) throw new WebhookRejected('signature-stale', 'The signature is too old.');
  throw new WebhookRejected('signature-invalid', 'The signature does not fit the body.');
}

interface Check {
  secret: string;
  toleranceSeconds: number;
  atMs: number;
}

/** What the SDK makes of it; undefined if this secret did not sign it, or not in time. */
function construct(rawBody: Buffer, signature: string, { secret, toleranceSeconds, atMs }: Check): unknown {
  try {
    return Stripe.webhooks.constructEvent(rawBody, signature, secret, toleranceSeconds, undefined, atMs);
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return undefined;
    throw new WebhookRejected('body-invalid', 'The body is not JSON, or not an event of the kind we read.');
  }
}

/** Which subscription the object of an event belongs to, and where else it can be found. */
function subjectOf(object: EventObject): Pick<PaymentEvent, 'subscriptionId' | 'checkoutRef' | 'billingRef'> {
  const details = object.parent?.subscription_details;
  const isCheckout = object.object === 'checkout.session';
  const isSubscription = object.object === 'subscription';
  return {
    subscriptionId:
      object.metadata?.[METADATA.subscription] ??
      details?.metadata?.[METADATA.subscription] ??
      object.client_reference_id ??
      null,
    checkoutRef: (isCheckout && object.id) || null,
    billingRef: (isSubscription ? object.id : (object.subscription ?? details?.subscription)) ?? null,
  };
}
