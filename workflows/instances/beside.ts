/** Workflows about one instance that go on beside its subscription's story, and after it. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild } from '@temporalio/workflow';
import { toEdgeId } from '../../schemas/ids.ts';
import { instantIn } from '../durations.ts';
import { snapshotExpiry } from './snapshot-expiry.ts';
import { undoMaking } from './undo-making.ts';

interface Placed {
  tenantId: string;
  instanceId: string;
  provider: string;
}

/** Deletes the last snapshot after `keptMs`. */
export async function expireSnapshot(placed: Placed, keptMs: number): Promise<void> {
  await startChild(snapshotExpiry, {
    workflowId: `snapshot-expiry/${toEdgeId('instance', placed.instanceId)}`,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: 'Deletes the last snapshot when its time is over.',
    args: [{ ...placed, deleteAt: instantIn(keptMs) }],
  }).catch(onlyIfUnknown);
}

/** Removes what a making has left at a provider that failed in it, however long that is away. */
export async function undoBeside(placed: Placed): Promise<void> {
  await startChild(undoMaking, {
    workflowId: `undo-making/${toEdgeId('instance', placed.instanceId)}`,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `Removes what was begun at ${placed.provider}; the server is made elsewhere.`,
    args: [placed],
  }).catch(onlyIfUnknown);
}

/** After a reset of the history the other workflow is there already. */
function onlyIfUnknown(error: unknown): void {
  if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
}
