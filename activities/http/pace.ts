import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until the caller may make one more call. */
export type Pace = () => Promise<void>;

/** The time as a pace knows it; a test gives its own. */
export interface Clock {
  nowMs(): number;
  wait(ms: number): Promise<void>;
}

const MONOTONIC: Clock = { nowMs: () => performance.now(), wait: async (ms) => void (await sleep(ms)) };

/**
 * Spaces calls out so that one process stays within a quota: a burst of half a second's worth passes at once, the rest
 * evenly (the generic cell rate algorithm), first come, first served. No second sees more than 1.5 × `perSecond`.
 */
export function createPace(perSecond: number, clock = MONOTONIC): Pace {
  const intervalMs = 1_000 / perSecond;
  const burstMs = Math.max(0, 500 - intervalMs);
  let dueMs = 0;
  return async () => {
    const nowMs = clock.nowMs();
    dueMs = Math.max(dueMs, nowMs);
    const waitMs = dueMs - burstMs - nowMs;
    dueMs += intervalMs;
    if (waitMs > 0) await clock.wait(waitMs);
  };
}
