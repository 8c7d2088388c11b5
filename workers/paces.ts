/** How the workers of all processes keep to the providers' quotas together. */
import type { DataSource } from 'typeorm';
import type { PaceOf } from '../activities/hypervisors/registry.ts';
import { createPace } from '../activities/http/pace.ts';
import { createSharedPace } from '../activities/http/shared-pace.ts';
import { priorityOfActivity } from '../activities/temporal.ts';
import { takeTurns } from '../schemas/db/turns.ts';

/** So much of a quota's second is taken at a time: nobody urgent in another process waits longer for what is taken here. */
const SHARE_OF_A_SECOND = 0.25;
/** Beyond it a larger share saves nothing. */
const MOST_AT_ONCE = 50;

/** Turns are dealt out by the database; within this process the most urgent activity's call takes the next one. */
export function sharedPaces(db: DataSource): PaceOf {
  return (provider, perSecond) =>
    createSharedPace({
      take: (count) => takeTurns(db, provider, perSecond, count),
      alone: createPace(perSecond),
      urgency: priorityOfActivity,
      atOnce: Math.min(MOST_AT_ONCE, Math.max(1, Math.floor(perSecond * SHARE_OF_A_SECOND))),
    });
}
