/** What every part of the benchmark is given, and the list of the parts. */
import type { Finding } from './finding.ts';
import { measureCpu } from './figures/cpu.ts';
import { measureEvents } from './figures/events.ts';
import { measureFairness } from './figures/fairness.ts';
import { measureFleet } from './figures/fleet.ts';
import { measureLatency } from './figures/latency.ts';
import { measureMonth } from './figures/month.ts';
import { measureReady } from './figures/ready.ts';
import { measureRecovery } from './figures/recovery.ts';
import { measureSmallCache } from './figures/small-cache.ts';
import { measureStores } from './figures/stores.ts';
import { measureTrimmings } from './figures/trimmings.ts';
import { measureWebhookLatency } from './figures/webhook-latency.ts';
import { measureWebhookRate } from './figures/webhook-rate.ts';

export interface Bench {
  /** Pairs of measurements per ratio. */
  pairs: number;
  /** Only enough to see that it works: the figures mean nothing. */
  quick: boolean;
  /** Tells what goes on. */
  say(text: string): void;
}

export type Measure = (bench: Bench) => Promise<Finding[]>;

/** Every part by the name that `--only` takes, in the order in which they run. */
export const PARTS: Readonly<Record<string, Measure>> = {
  r1: measureEvents,
  month: measureMonth,
  r2: measureCpu,
  r3: measureLatency,
  r4: measureWebhookLatency,
  webhooks: measureWebhookRate,
  ready: measureReady,
  r5: measureTrimmings,
  r6: measureSmallCache,
  r7: measureStores,
  r8: measureRecovery,
  fair: measureFairness,
  fleet: measureFleet,
};
