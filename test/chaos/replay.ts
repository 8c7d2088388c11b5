/** Every story that was told under fire must be told again alike: a history that does not replay would stop at the next restart. */
import path from 'node:path';
import { Worker } from '@temporalio/worker';
import { createSecretBox } from '../../schemas/crypto/secret-box.ts';
import { subscriptionWorkflowId } from '../../schemas/ids.ts';
import { workflowBundle } from '../../workers/bundle.ts';
import { createWorkerDataConverter } from '../../workers/tolerant-codec.ts';
import type { Order } from '../harness/buyer.ts';
import type { Tenure } from '../harness/tenure.ts';
import { quietRuntime } from '../workflow/quiet-runtime.ts';
import type { OpenVerdict } from './verdict.ts';

/** Replays the orders' histories with the workflow code of today. */
export async function judgeReplay(
  verdict: OpenVerdict,
  tenure: Tenure,
  orders: readonly Order[],
): Promise<void> {
  quietRuntime();
  async function* histories() {
    for (const { id } of orders) {
      const workflowId = subscriptionWorkflowId(id);
      yield { workflowId, history: await tenure.temporal.workflow.getHandle(workflowId).fetchHistory() };
    }
  }
  const options = {
    workflowBundle: await workflowBundle(path.resolve('.tenure/test/cache')),
    dataConverter: createWorkerDataConverter(createSecretBox(tenure.config.ENCRYPTION_KEYS)),
    replayName: tenure.name,
  };
  for await (const { workflowId, error } of Worker.runReplayHistories(options, histories())) {
    verdict.never(
      'a history that does not replay',
      error === undefined,
      () => `${workflowId}: ${error?.message ?? ''}`,
    );
  }
}
