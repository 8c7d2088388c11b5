import { z } from 'zod';

/**
 * How a plan's instances are spread over its providers. Whoever cannot take an instance just now (drained, full, failing, without the
 * region or the GPU) is passed over, whatever the policy.
 */
export const PlacementPolicy = z.strictObject({
  /**
   * `order` the first of the plan's providers that can · `weights` so that each comes to its share of the plan's instances ·
   * `cheapest` whoever costs least.
   */
  strategy: z.enum(['order', 'weights', 'cheapest']).default('order'),
  /** For `weights`: provider → its share, relative to the others', e.g. own hardware 80 and a cloud 20. Those not named have none and take overflow only. */
  weights: z.record(z.string(), z.number().min(0).max(1_000)).default({}),
  /** For `cheapest`: provider → what an instance costs there a month, in minor units of one currency. Those not named come last. */
  costsMinor: z.record(z.string(), z.int().min(0)).default({}),
  /** Several instances of one subscription: side by side where possible, at different providers where possible, or no matter. */
  affinity: z.enum(['none', 'together', 'apart']).default('none'),
});
export type PlacementPolicy = z.infer<typeof PlacementPolicy>;
