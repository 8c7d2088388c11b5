/** What a fault test found: every promise with how often it was looked at and every time it was broken. */
import assert from 'node:assert/strict';

/** What the fault tests draw their luck from. */
export const SEED = Number(process.env.CHAOS_SEED ?? 1);

/** For one fault on a machine that is busy with others. */
export const FAULT_LIMIT_MS = 600_000;

export interface Check {
  /** What must not happen, e.g. "two instances for one place". */
  what: string;
  /** How often we looked. */
  n: number;
  /** Each violation in a sentence that names what it happened to. */
  violations: string[];
}

export interface Verdict {
  /** The line of the fault table, e.g. `F1`. */
  fault: string;
  title: string;
  checks: Check[];
  /** Sizes and times that are told and not judged. */
  figures: Record<string, string | number>;
}

export interface OpenVerdict {
  /** Looks once: counts it, and notes a violation unless it `holds`. Returns `holds`. */
  never(what: string, holds: boolean, violation: () => string): boolean;
  figure(name: string, value: string | number): void;
  /** The ids of all subscriptions that a violation names so far. */
  suspects(): string[];
  close(): Verdict;
}

const SUBSCRIPTION_ID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;

export function openVerdict(fault: string, title: string): OpenVerdict {
  const checks = new Map<string, Check>();
  const figures: Verdict['figures'] = {};
  return {
    never(what, holds, violation) {
      const check = checks.get(what) ?? { what, n: 0, violations: [] };
      checks.set(what, check);
      check.n += 1;
      if (!holds) check.violations.push(violation());
      return holds;
    },
    figure: (name, value) => {
      figures[name] = value;
    },
    suspects: () => {
      const texts = [...checks.values()].flatMap(({ violations }) => violations);
      return [...new Set(texts.flatMap((text) => text.match(SUBSCRIPTION_ID) ?? []))];
    },
    close: () => ({ fault, title, checks: [...checks.values()], figures }),
  };
}

export function isClean({ checks }: Verdict): boolean {
  return checks.every(({ violations }) => violations.length === 0);
}

/** Prints the verdict under the test's name and fails on any violation. */
export function assertClean(verdict: Verdict): void {
  for (const line of tell(verdict)) console.log(`      ${line}`);
  const broken = verdict.checks.flatMap(({ what, violations }) =>
    violations.map((violation) => `${what}: ${violation}`),
  );
  assert.deepEqual(broken, []);
}

/** A verdict in lines: its figures, then each check as "0 of 120 …". */
export function tell({ checks, figures }: Verdict): string[] {
  const sizes = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  return [
    ...(sizes.length > 0 ? [sizes.join(' · ')] : []),
    ...checks.map(
      ({ what, n, violations }) => `${violations.length} of ${n}: ${what}${upTo(n, violations.length)}`,
    ),
  ];
}

/** None seen in n trials does not prove none: the rule of three gives the rate that 95 % certainty still allows. */
export function upTo(n: number, violations: number): string {
  return violations === 0 && n >= 10 ? ` (less than ${((3 / n) * 100).toPrecision(2)} % for certain)` : '';
}

/** The value below which `share` of the values lie, or 0 without values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
