/** What a part of the benchmark finds, in a form that fits one row of the table. */
import type { Comparison, Sample } from './statistics.ts';

/** A goal that a value meets or misses. */
export interface Goal {
  /** As people write it: "≤ 1.10". */
  text: string;
  isMet(value: number): boolean;
}

export interface Finding {
  /** Short name: "R1". */
  id: string;
  /** What was divided by what. */
  what: string;
  goal: Goal;
  /** The median; `null` if it could not be measured. */
  value: number | null;
  range: { min: number; max: number } | null;
  /** Number of measurements behind the median. */
  n: number;
  /** Both sides of a ratio with their units, and on which shape it was measured; or why it was not measured. */
  detail: string;
}

export const atMost = (limit: number, unit = ''): Goal => ({
  text: `≤ ${limit.toFixed(unit === '' ? 2 : 0)}${unit}`,
  isMet: (value) => value <= limit,
});
export const atLeast = (limit: number): Goal => ({
  text: `≥ ${limit.toFixed(2)}`,
  isMet: (value) => value >= limit,
});
export const between = (low: number, high: number): Goal => ({
  text: `${low.toFixed(2)}–${high.toFixed(2)}`,
  isMet: (value) => value >= low && value <= high,
});

/** A finding from the ratios of pairs. @param sides tells both sides in words */
export function ratioFinding(
  head: Pick<Finding, 'id' | 'what' | 'goal'>,
  { ratio, product, bare }: Comparison,
  sides: (product: string, bare: string) => string,
  digits = 0,
): Finding {
  return {
    ...head,
    ...valueOf(ratio),
    detail: sides(product.median.toFixed(digits), bare.median.toFixed(digits)),
  };
}

export function valueOf({ median, min, max, n }: Sample): Pick<Finding, 'value' | 'range' | 'n'> {
  return { value: median, range: { min, max }, n };
}

/** @param reason one sentence */
export function notMeasured(head: Pick<Finding, 'id' | 'what' | 'goal'>, reason: string): Finding {
  return { ...head, value: null, range: null, n: 0, detail: reason };
}
