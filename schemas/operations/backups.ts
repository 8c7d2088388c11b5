/** Backups: snapshots that a plan promises by the clock. Pure. */
import { z } from 'zod';
import type { Actor } from '../subscriptions/lifecycle.ts';

/** A plan's promise. */
export const BackupPolicy = z.strictObject({
  /** From one backup to the next. */
  everyHours: z
    .int()
    .min(1)
    .max(24 * 31),
  /** So many complete ones are kept; older ones go when a newer one is complete. */
  keep: z.int().min(1).max(90),
});
export type BackupPolicy = z.infer<typeof BackupPolicy>;

/** Who asks for them, on record. */
export const BACKUP_CLOCK: Actor = { kind: 'system', id: 'backups' };

/** The workflow type's name. */
export const BACKUPS_WORKFLOW = 'backups';

export interface BackupsInput {
  provider: string;
}

/** What one round did. */
export interface BackupsReport {
  asked: number;
  dropped: number;
}

/** Of a provider; its workflow has the same. */
export function backupsScheduleId(provider: string): string {
  return `backups/${provider}`;
}
