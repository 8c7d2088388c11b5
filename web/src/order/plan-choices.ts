import type { PlanChoice } from '../../../schemas/api/plan-changes.ts';

/** Why a plan cannot be changed to, as the page has words for it. Plans of another kind are not shown at all. */
const SHOWN_REASONS = ['disk-would-shrink', 'cannot-resize', 'provider-not-offered', 'too-many'] as const;
type ShownReason = (typeof SHOWN_REASONS)[number];

export function reasonOf({ refusal }: Pick<PlanChoice, 'refusal'>): ShownReason | null {
  return SHOWN_REASONS.find((reason) => reason === refusal?.reason) ?? null;
}

/** Those that can be changed to, and those of which somebody would ask why not. */
export function isShown(choice: Pick<PlanChoice, 'refusal'>): boolean {
  return choice.refusal === null || reasonOf(choice) !== null;
}
