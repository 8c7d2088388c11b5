/**
 * One round of backups at one provider, by the schedule `backups/<provider>`: what is due is asked of each subscription, which does it when
 * nothing else is under way at that server; what has had its time is deleted.
 */
import {
  isCancellation,
  log,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
} from '@temporalio/workflow';
import type { BackupActivities } from '../../activities/backups/activities.ts';
import type { BackupFacts } from '../../activities/backups/facts.ts';
import type { BackupsInput, BackupsReport } from '../../schemas/operations/backups.ts';
import { HOUR_MS } from '../durations.ts';
import { comparisonOptions, hypervisorOptions } from '../options.ts';
import { explain } from '../subscriptions/steps.ts';

const facts = proxyLocalActivities<BackupFacts>(comparisonOptions);

export async function backups({ provider }: BackupsInput): Promise<BackupsReport> {
  const report: BackupsReport = { asked: 0, dropped: 0 };
  for (const tenantId of await facts.tenantsAt({ provider })) {
    report.asked += await facts.askForBackups({ tenantId, provider });
    report.dropped += await dropOld(provider, tenantId);
  }
  setCurrentDetails(`${report.asked} backups asked for, ${report.dropped} old ones deleted at ${provider}.`);
  return report;
}

/** What one tenant's are in the way of does not keep the others from theirs; the next round tries again. */
async function dropOld(provider: string, tenantId: string): Promise<number> {
  const at = proxyActivities<BackupActivities>(
    hypervisorOptions(provider, HOUR_MS, { tenantId, priority: 'bulk' }),
  );
  try {
    return await at.dropOldBackups({ tenantId });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('Old backups could not be deleted.', { tenantId, cause: explain(error).message });
    return 0;
  }
}
