/** A token bucket per sender, in memory: keeps one browser or script from flooding the shop, and forgets idle senders. */
import { ApiProblem } from './problem.ts';

export interface RateLimit {
  /** Requests at once. */
  burst: number;
  /** Requests per second in the long run. */
  perSecond: number;
}

export const DEFAULT_RATE_LIMIT: RateLimit = { burst: 120, perSecond: 20 };

const MAX_SENDERS = 20_000;

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

export interface RateLimiter {
  /** Counts one request. @throws ApiProblem `too-many-requests` */
  take(sender: string, nowMs?: number): void;
}

export function createRateLimiter({ burst, perSecond }: RateLimit): RateLimiter {
  const buckets = new Map<string, Bucket>();
  return {
    take(sender, nowMs = Date.now()) {
      const known = buckets.get(sender);
      const elapsedMs = known ? Math.max(0, nowMs - known.filledAtMs) : 0;
      const tokens = known ? Math.min(burst, known.tokens + (elapsedMs / 1000) * perSecond) : burst;
      const allowed = tokens >= 1;
      // Put in again at the end, so that the first entry is the one unused for longest.
      buckets.delete(sender);
      buckets.set(sender, { tokens: allowed ? tokens - 1 : tokens, filledAtMs: nowMs });
      if (buckets.size > MAX_SENDERS) forgetOldest(buckets);
      if (!allowed) {
        throw new ApiProblem('too-many-requests', { retryAfterSeconds: (1 - tokens) / perSecond });
      }
    },
  };
}

function forgetOldest(buckets: Map<string, Bucket>): void {
  for (const sender of buckets.keys()) {
    buckets.delete(sender);
    return;
  }
}
