/** `undo-making/<instance>`: removes what was begun at a provider that failed, while the server is made at another. */
import { setCurrentDetails } from '@temporalio/workflow';
import { hypervisor } from '../activities.ts';
import { DAY_MS } from '../durations.ts';

export interface UndoMakingInput {
  tenantId: string;
  instanceId: string;
  provider: string;
}

/** How long the provider may be unreachable before the removal counts as failed. The reconciler finds what is left then. */
const DEADLINE_MS = 30 * DAY_MS;

export async function undoMaking({ tenantId, instanceId, provider }: UndoMakingInput): Promise<void> {
  setCurrentDetails(`Whatever was begun at ${provider} is being removed.`);
  await hypervisor(provider, DEADLINE_MS, { tenantId, priority: 'bulk' }).releaseInstance({
    tenantId,
    instanceId,
  });
  setCurrentDetails(`Nothing is left at ${provider}.`);
}
