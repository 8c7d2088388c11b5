/** Passes of the reconciler over the stand-in, at the test's word. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createVultrDriver } from '../../../activities/hypervisors/vultr.ts';
import type { Hypervisor } from '../../../activities/hypervisors/port.ts';
import type { FindingView } from '../../../schemas/api/fleet.ts';
import type { PassReport, ReconcileInput } from '../../../schemas/fleet/findings.ts';
import { LIFECYCLE_QUEUE } from '../../../schemas/queues.ts';
import type { reconcile } from '../../../workflows/index.ts';
import type { Tenure } from '../../harness/tenure.ts';

/** Runs one pass to its end. */
export async function runPass(tenure: Tenure): Promise<PassReport> {
  return tenure.temporal.workflow.execute<typeof reconcile>('reconcile', await passOptions(tenure));
}

export async function passOptions(
  tenure: Tenure,
): Promise<{ workflowId: string; taskQueue: string; args: [ReconcileInput] }> {
  const { rows } = await tenure.sql.query<{ id: string }>(`select id from tenants where slug = 'main'`);
  return {
    workflowId: `reconcile/vultr-${randomUUID()}`,
    taskQueue: LIFECYCLE_QUEUE,
    args: [{ tenantId: rows[0]?.id ?? '', provider: 'vultr' }],
  };
}

export async function findingsOf(tenure: Tenure, query: Record<string, string>): Promise<FindingView[]> {
  const { data, status } = await tenure.staff.get<{ data: FindingView[] }>('/v1/findings', { params: query });
  assert.equal(status, 200, JSON.stringify(data));
  return data.data;
}

/** The account itself, as whoever has its key. */
export function accountOf({ config }: Tenure): Hypervisor {
  return createVultrDriver({
    apiKey: config.VULTR_API_KEY ?? '',
    apiBase: config.VULTR_API_BASE,
    timeoutMs: 2_000,
    createSettleMs: 2_500,
    pollMs: 20,
    requestsPerSecond: 10_000,
  });
}

/** A server that bears this key, made behind Tenure's back, when it runs. */
export async function makeOrphan(account: Hypervisor, key: string): Promise<string> {
  const { ref } = await account.create({
    key,
    hostname: 'orphan-1',
    region: 'fra',
    plan: { plan: 'vc2-1c-1gb', osId: 2284, regions: { fra: 'fra' } },
    userData: '#cloud-config\n',
    labels: {},
  });
  await untilThere(account, ref, 'running');
  return ref;
}

export async function untilThere(account: Hypervisor, ref: string, state: string): Promise<void> {
  while ((await account.get(ref))?.state !== state) await new Promise((resolve) => setTimeout(resolve, 30));
}
