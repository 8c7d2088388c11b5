/** Which provider gets the next instance of a plan, and why. Pure: what is known about the providers comes in. */
import type { PlacementPolicy } from '../../schemas/catalog/placement.ts';

/** Why a provider cannot take an instance, in the order in which they are looked for. */
export const OBSTACLES = {
  'not-connected': 'is not connected',
  'plan-unfit': 'cannot make this plan in this region',
  tried: 'has failed in this making',
  draining: 'is being drained',
  failing: 'is failing just now',
  full: 'has no room',
} as const;
export type Obstacle = keyof typeof OBSTACLES;

/** A provider of the plan, in the plan's order. */
export interface Candidate {
  provider: string;
  obstacle: Obstacle | null;
  /** Live instances of this plan that it has. */
  placed: number;
  /** Of those, the ones of the same subscription. */
  siblings: number;
}

export interface Decision {
  /** `null` if none can take it. */
  provider: string | null;
  /** One sentence or two, kept with the instance and shown to staff. */
  reason: string;
}

/** Decides; the same facts give the same decision. */
export function choosePlacement(policy: PlacementPolicy, candidates: readonly Candidate[]): Decision {
  const eligible = candidates.filter(({ obstacle }) => obstacle === null);
  const passedOver = candidates.flatMap(({ provider, obstacle }) =>
    obstacle === null ? [] : [`${provider} ${OBSTACLES[obstacle]}`],
  );
  const without = passedOver.length === 0 ? '' : ` Passed over: ${passedOver.join('; ')}.`;
  const near = byAffinity(policy, eligible);
  const best = rank(policy, near, candidates)[0];
  if (!best) return { provider: null, reason: `No provider can take it.${without}` };
  const affinity = near.length < eligible.length ? ` Kept ${policy.affinity}.` : '';
  return {
    provider: best.provider,
    reason: `${best.provider}: ${sentence(policy, best, near, candidates)}${affinity}${without}`,
  };
}

/** Those that keep a subscription's instances together or apart, if there are such; else all. */
function byAffinity({ affinity }: PlacementPolicy, eligible: Candidate[]): Candidate[] {
  if (affinity === 'none') return eligible;
  const wanted = eligible.filter(({ siblings }) => (affinity === 'together' ? siblings > 0 : siblings === 0));
  return wanted.length === 0 ? eligible : wanted;
}

/** Best first. Sorting is stable: among equals the plan's order decides. */
function rank(policy: PlacementPolicy, eligible: Candidate[], all: readonly Candidate[]): Candidate[] {
  const { strategy, costsMinor } = policy;
  if (strategy === 'order') return eligible;
  if (strategy === 'cheapest') {
    const cost = ({ provider }: Candidate): number => costsMinor[provider] ?? Number.MAX_SAFE_INTEGER;
    return eligible.toSorted((a, b) => cost(a) - cost(b));
  }
  return eligible.toSorted((a, b) => lack(policy, b, all) - lack(policy, a, all));
}

/** How many instances it lacks to its share, counting the one to be placed; shares are of all the plan's instances. */
function lack(policy: PlacementPolicy, candidate: Candidate, all: readonly Candidate[]): number {
  const total = all.reduce((sum, { placed }) => sum + placed, 1);
  return shareOf(policy, candidate, all) * total - candidate.placed;
}

function shareOf({ weights }: PlacementPolicy, { provider }: Candidate, all: readonly Candidate[]): number {
  const sum = all.reduce((total, one) => total + (weights[one.provider] ?? 0), 0);
  return sum === 0 ? 1 / all.length : (weights[provider] ?? 0) / sum;
}

function sentence(
  policy: PlacementPolicy,
  best: Candidate,
  near: Candidate[],
  all: readonly Candidate[],
): string {
  if (near.length === 1) return 'the only one that can take it.';
  if (policy.strategy === 'order') return 'the first of the plan’s providers that can take it.';
  if (policy.strategy === 'cheapest') {
    const cost = policy.costsMinor[best.provider];
    return cost === undefined
      ? 'no cost is known of any that can take it.'
      : `the cheapest, at ${cost} a month.`;
  }
  const total = all.reduce((sum, { placed }) => sum + placed, 0);
  const aim = (shareOf(policy, best, all) * 100).toFixed(0);
  return `it has ${best.placed} of ${total} and is to have ${aim} %.`;
}
