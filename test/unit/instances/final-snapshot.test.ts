import assert from 'node:assert/strict';
import type { Hypervisor } from '../../../activities/hypervisors/port.ts';
import type { InstanceRows } from '../../../activities/instances/rows.ts';
import { finalSnapshot } from '../../../activities/instances/snapshots.ts';
import type { Instance } from '../../../schemas/db/entities/instance.ts';

const TARGET = { tenantId: 't', instanceId: 'i' };

/** A provider whose snapshots are complete at once. */
function scene(snapshotsOutlive: boolean, row: Partial<Instance> = {}) {
  const calls: string[] = [];
  const saved: Partial<Instance>[] = [];
  const hypervisor = {
    pollMs: 1,
    capabilities: { snapshots: true, snapshotsOutlive },
    findSnapshotsByKey: async () => [],
    createSnapshot: async (ref: string, key: string) => {
      calls.push(`${ref} ${key}`);
      return { ref: 's', key, state: 'complete', sizeBytes: null };
    },
    getSnapshot: async () => ({ ref: 's', key: null, state: 'complete', sizeBytes: null }),
  } as unknown as Hypervisor;
  const rows = {
    load: async () => ({ key: 'k', providerRef: 'r', finalSnapshotRef: null, deletedAt: null, ...row }),
    save: async (_target: unknown, facts: Partial<Instance>) => void saved.push(facts),
  } as unknown as InstanceRows;
  return { calls, saved, take: () => finalSnapshot({ rows, hypervisor }, TARGET) };
}

describe('the last snapshot', () => {
  it('is taken where it stays when its instance goes', async () => {
    const { calls, saved, take } = scene(true);
    assert.deepEqual(await take(), { snapshotRef: 's' });
    assert.deepEqual([calls, saved], [['r k-final'], [{ finalSnapshotRef: 's' }]]);
  });

  it('is neither taken nor promised where it would go with its instance', async () => {
    for (const finalSnapshotRef of [null, 'taken-before']) {
      const { calls, saved, take } = scene(false, { finalSnapshotRef });
      assert.deepEqual(await take(), { snapshotRef: null });
      assert.deepEqual([calls, saved], [[], []]);
    }
  });
});
