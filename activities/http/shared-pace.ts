/** A pace that all processes keep together, and in which those who wait in this one go by their urgency. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pace } from './pace.ts';

export interface SharedPaceOptions {
  /** Takes the next `count` turns that all processes deal out to each other; how long until each, in ms. */
  take(count: number): Promise<number[]>;
  /** Kept to while no turns can be had: the rest of the house then stands as well, and no provider is to be flooded. */
  alone: Pace;
  /** The caller's urgency; the smaller number goes first. */
  urgency(): number;
  /** Turns that are taken at once: enough that taking them costs little, few enough that nobody urgent elsewhere waits long for them. */
  atOnce: number;
}

interface Waiting {
  urgency: number;
  goOn: () => void;
}

/** A turn belongs to whoever is the most urgent when it comes, first come, first served among equals. */
export function createSharedPace({ take, alone, urgency, atOnce }: SharedPaceOptions): Pace {
  const waiting: Waiting[] = [];
  let isServing = false;

  async function turns(count: number): Promise<number[]> {
    try {
      return await take(count);
    } catch {
      await alone();
      return [0];
    }
  }

  async function serve(): Promise<void> {
    isServing = true;
    while (waiting.length > 0) {
      const waitsMs = await turns(Math.min(waiting.length, atOnce));
      const takenAt = performance.now();
      for (const waitMs of waitsMs) {
        const leftMs = takenAt + waitMs - performance.now();
        if (leftMs > 0) await sleep(leftMs);
        waiting.shift()?.goOn();
      }
    }
    isServing = false;
  }

  return () =>
    new Promise((goOn) => {
      const mine = urgency();
      const behind = waiting.findIndex((other) => other.urgency > mine);
      waiting.splice(behind < 0 ? waiting.length : behind, 0, { urgency: mine, goOn });
      if (!isServing) void serve();
    });
}
