import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import Stripe from 'stripe';

/**
 * The API version whose shapes this folder is written for; also the one to choose for the webhook endpoint. The SDK's
 * own default is a later one, in which Checkout no longer takes `payment_method_types`.
 */
export const STRIPE_API_VERSION = '2026-08-26.dahlia';

export interface ClientOptions {
  secretKey: string;
  /** Scheme, host and port; Stripe's own or a stand-in's. */
  apiBase: string;
  /** Time limit of one try of a call. */
  timeoutMs: number;
}

/**
 * Repeats inside the SDK: safe, because every create carries an idempotency key of ours; few, because the callers
 * have their own patience.
 */
const RETRIES = 2;

/** Kept connections rest no longer than this: one whose link has died looks like any other, and costs a time-out. */
const KEPT = { keepAlive: true, timeout: 5_000 };

/** @throws Error if `apiBase` has a path, which Stripe's SDK cannot do. */
export function createClient({ secretKey, apiBase, timeoutMs }: ClientOptions): Stripe {
  const { protocol, hostname, port, pathname } = new URL(apiBase);
  if (pathname !== '/') throw new Error('STRIPE_API_BASE must be an address without a path.');
  const isPlain = protocol === 'http:';
  const version: string = STRIPE_API_VERSION;
  return new Stripe(secretKey, {
    // The types allow the SDK's own version only; the SDK itself sends any (https://docs.stripe.com/api/versioning).
    apiVersion: version as Stripe.LatestApiVersion,
    protocol: isPlain ? 'http' : 'https',
    host: hostname,
    port: port || (isPlain ? 80 : 443),
    timeout: timeoutMs,
    httpAgent: isPlain ? new HttpAgent(KEPT) : new HttpsAgent(KEPT),
    maxNetworkRetries: RETRIES,
    telemetry: false,
  });
}
