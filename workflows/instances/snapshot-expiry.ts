/** `snapshot-expiry/<instance>`: keeps the last snapshot of a deleted instance for its time, then deletes it. */
import { setCurrentDetails, sleep } from '@temporalio/workflow';
import { hypervisor } from '../activities.ts';
import { DAY_MS, msUntil } from '../durations.ts';

export interface SnapshotExpiryInput {
  tenantId: string;
  instanceId: string;
  provider: string;
  /** ISO 8601 instant. */
  deleteAt: string;
}

/** How long the provider may be unreachable before the deletion counts as failed. */
const DEADLINE_MS = 90 * DAY_MS;

export async function snapshotExpiry({
  tenantId,
  instanceId,
  provider,
  deleteAt,
}: SnapshotExpiryInput): Promise<void> {
  setCurrentDetails(`The last snapshot is kept until ${deleteAt}.`);
  const restMs = msUntil(deleteAt);
  if (restMs > 0) await sleep(restMs);
  const at = hypervisor(provider, DEADLINE_MS, { tenantId, priority: 'bulk' });
  await at.deleteFinalSnapshot({ tenantId, instanceId });
  setCurrentDetails('The last snapshot is deleted.');
}
