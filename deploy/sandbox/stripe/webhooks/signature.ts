import { createHmac } from 'node:crypto';

/**
 * The `Stripe-Signature` header: the time, and for each active secret an HMAC-SHA256 over `time.body`
 * (https://docs.stripe.com/webhooks/signature).
 *
 * @param at unix seconds.
 */
export function signatureHeader(body: string, secrets: string[], at: number): string {
  const signatures = secrets.map((secret) =>
    createHmac('sha256', secret).update(`${at}.${body}`).digest('hex'),
  );
  return [`t=${at}`, ...signatures.map((signature) => `v1=${signature}`)].join(',');
}
