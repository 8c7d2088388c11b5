/** Reading times out of a history: the server's own clock, whatever the driver does meanwhile. */
import type { WorkflowHandle } from '@temporalio/client';
import { TenureStage } from '../../../schemas/search-attributes.ts';

/** From the first signal until the stage became active, in ms. @throws Error if it did not */
export async function signalToActiveMs(handle: WorkflowHandle): Promise<number> {
  const events = (await handle.fetchHistory()).events ?? [];
  const timeOf = (event: (typeof events)[number] | undefined): number | null => {
    if (!event?.eventTime) return null;
    const { seconds, nanos } = event.eventTime;
    return Number(seconds ?? 0) * 1_000 + (nanos ?? 0) / 1e6;
  };
  const paid = timeOf(events.find((event) => event.workflowExecutionSignaledEventAttributes));
  const active = timeOf(
    events.find((event) => {
      const fields = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields;
      const stage = fields?.[TenureStage.name]?.data;
      return stage != null && Buffer.from(stage).toString() === '"active"';
    }),
  );
  if (paid === null || active === null) throw new Error(`${handle.workflowId} did not become active.`);
  return active - paid;
}
