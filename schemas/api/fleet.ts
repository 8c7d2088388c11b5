/** What staff see of the providers and of what does not fit there. */
import { z } from 'zod';
import { MEASURES } from '../db/capacity.ts';
import { FINDING_KINDS, FINDING_STATES } from '../fleet/findings.ts';
import { EdgeId, Instant, PageQuery } from './common.ts';

export const FindingView = z.object({
  id: EdgeId('finding'),
  provider: z.string(),
  kind: z.enum(FINDING_KINDS),
  state: z.enum(FINDING_STATES),
  /** The resource at the provider, in its words; of figures what they measure. */
  ref: z.string(),
  /** The mark that it bears. */
  key: z.string().nullable(),
  instanceId: EdgeId('instance').nullable(),
  subscriptionId: EdgeId('subscription').nullable(),
  expected: z.string().nullable(),
  seen: z.string().nullable(),
  /** What was done about it, or why nothing was. */
  detail: z.string().nullable(),
  /** Passes that found it so. */
  sightings: z.int(),
  /** Staff asked for its removal; the next pass carries it out. */
  removalAsked: z.boolean(),
  firstSeenAt: Instant,
  lastSeenAt: Instant,
  closedAt: Instant.nullable(),
});
export type FindingView = z.infer<typeof FindingView>;

export const FindingListQuery = PageQuery.extend({
  provider: z.string().max(100).optional(),
  kind: z.enum(FINDING_KINDS).optional(),
  state: z.enum(FINDING_STATES).optional(),
});
export type FindingListQuery = z.infer<typeof FindingListQuery>;

export const CapacityView = z.object({
  /** Node or region in the provider's words; empty for the whole account. */
  part: z.string(),
  measure: z.enum(MEASURES),
  at: Instant,
  open: z.boolean(),
  used: z.number().nullable(),
  total: z.number().nullable(),
  usedPercent: z.number().nullable(),
  /** By the straight line through the last samples. */
  growthPerDay: z.number().nullable(),
  daysLeft: z.number().nullable(),
});
export type CapacityView = z.infer<typeof CapacityView>;

export const PassView = z.object({
  startedAt: Instant,
  finishedAt: Instant.nullable(),
  /** Why nothing was compared. */
  failure: z.string().nullable(),
  instances: z.int().nullable(),
  snapshots: z.int().nullable(),
  /** Too many of ours seemed to be missing at once, so nobody was told. */
  braked: z.boolean(),
});
export type PassView = z.infer<typeof PassView>;

export const ProviderView = z.object({
  name: z.string(),
  /** It gets no new instances; those it has stay. */
  draining: z.boolean(),
  /** `open`: it fails again and again, and is left alone for a while. */
  breaker: z.enum(['closed', 'open', 'half-open']),
  breakerChangedAt: Instant.nullable(),
  /** Live instances placed there. */
  instances: z.int(),
  /** The newest comparison of its inventory with the database. */
  lastPass: PassView.nullable(),
  openFindings: z.record(z.string(), z.int()),
  capacity: z.array(CapacityView),
});
export type ProviderView = z.infer<typeof ProviderView>;
