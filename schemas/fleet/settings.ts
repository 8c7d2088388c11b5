/** How the fleet is watched over: part of the configuration (`schemas/config.ts`). */
import { z } from 'zod';

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const positive = z.coerce.number().min(0);

export const FLEET_SETTINGS = {
  RECONCILE_INTERVAL_MINUTES: z.coerce
    .number()
    .min(1)
    .default(15)
    .describe('how often each provider’s inventory is compared with the database'),
  RECONCILE_JITTER_SECONDS: positive.default(60).describe('by how much a comparison may start later'),
  RECONCILE_REMOVE: flag
    .default(false)
    .describe('removes resources of ours that belong to nobody; false only says what would be removed'),
  RECONCILE_MIN_AGE_HOURS: positive
    .default(24)
    .describe('how long a resource must have belonged to nobody before it is removed'),
  RECONCILE_SNAPSHOT_DAYS: positive
    .default(30)
    .describe('how long the last snapshot of a removed resource is kept'),
  RECONCILE_BRAKE_PERCENT: positive
    .max(100)
    .default(20)
    .describe('if more than this share of the instances (and at least 5) seems to be gone, nobody is told'),
  BACKUPS_INTERVAL_MINUTES: z.coerce
    .number()
    .min(1)
    .default(15)
    .describe('how often each provider’s servers are looked through for backups that are due'),
  BACKUPS_JITTER_SECONDS: positive.default(300).describe('by how much such a round may start later'),
  CAPACITY_ALERT_PERCENT: positive.max(100).default(85).describe('utilisation from which staff are told'),
  CAPACITY_ALERT_DAYS: positive.default(14).describe('days left, by the trend, from which staff are told'),
  CAPACITY_TREND_DAYS: z.coerce.number().min(1).default(14).describe('how far back the trend looks'),
  SCALE_HARDWARE_CUSTOMERS: positive
    .default(50)
    .describe('paying customers from which own hardware is worth it'),
  SCALE_HARDWARE_MRR_MINOR: positive
    .default(150_000)
    .describe('monthly revenue, minor units, from which own hardware is worth it'),
  SCALE_CLUSTER_CUSTOMERS: positive
    .default(200)
    .describe('paying customers from which a cluster is worth it'),
  SCALE_CLUSTER_MRR_MINOR: positive
    .default(500_000)
    .describe('monthly revenue, minor units, from which a cluster is worth it'),
} as const;
