import assert from 'node:assert/strict';
import type { ProviderSnapshot } from '../port.ts';
import { type Exam, newKey, rejects, runningInstance, until, untilState } from './exam.ts';

/** Snapshots: found again by their key, and independent of their instance. */
export function examineSnapshots(exam: Exam): void {
  it('takes one, finds it by its key, and deletes it as often as asked', async () => {
    const { hypervisor } = exam;
    const key = newKey();
    const { ref: instanceRef } = await runningInstance(exam);
    const ordered = await hypervisor.createSnapshot(instanceRef, key);
    assert.equal(ordered.key, key);
    assert.deepEqual(await refsByKey(exam, key), [ordered.ref]);
    const complete = await untilComplete(exam, ordered.ref);
    assert.ok((complete.sizeBytes ?? 0) > 0);
    await untilState(exam, instanceRef, 'running');
    await hypervisor.deleteSnapshot(ordered.ref);
    await hypervisor.deleteSnapshot(ordered.ref);
    assert.equal(await hypervisor.getSnapshot(ordered.ref), null);
    assert.deepEqual(await refsByKey(exam, key), []);
  });

  for (const disturbance of ['lost-after', 'error-after'] as const) {
    it(`says after "${disturbance}" that the outcome is open, and then finds it`, async () => {
      const { provider, hypervisor } = exam;
      const key = newKey();
      const { ref } = await runningInstance(exam);
      await provider.disturb('create-snapshot', disturbance);
      await rejects(hypervisor.createSnapshot(ref, key), 'retryable', 'answer-lost');
      assert.equal((await refsByKey(exam, key)).length, 1);
    });
  }

  it('outlives its instance', async () => {
    const { hypervisor } = exam;
    const { ref: instanceRef } = await runningInstance(exam);
    const { ref } = await hypervisor.createSnapshot(instanceRef, newKey());
    await untilComplete(exam, ref);
    await untilState(exam, instanceRef, 'running');
    await hypervisor.delete(instanceRef);
    assert.equal((await hypervisor.getSnapshot(ref))?.state, 'complete');
  });

  it('is refused for what is not there', async () => {
    const { provider, hypervisor } = exam;
    await rejects(hypervisor.createSnapshot(provider.unknownRef, newKey()), 'refused', 'not-found');
    assert.equal(await hypervisor.getSnapshot(provider.unknownRef), null);
    for (const wrong of ['', '..']) {
      await rejects(hypervisor.createSnapshot(wrong, newKey()), 'refused', 'bad-ref');
      await rejects(hypervisor.getSnapshot(wrong), 'refused', 'bad-ref');
      await rejects(hypervisor.deleteSnapshot(wrong), 'refused', 'bad-ref');
    }
  });
}

/** What a driver without snapshots answers. */
export function examineNoSnapshots(exam: Exam): void {
  it('refuses them as unsupported', async () => {
    const { ref } = await runningInstance(exam);
    await rejects(exam.hypervisor.createSnapshot(ref, newKey()), 'refused', 'unsupported');
  });
}

function untilComplete({ hypervisor }: Exam, ref: string): Promise<ProviderSnapshot> {
  return until(
    () => hypervisor.getSnapshot(ref),
    (snapshot) => snapshot?.state === 'complete',
    'the snapshot is complete',
  );
}

async function refsByKey({ hypervisor }: Exam, key: string): Promise<string[]> {
  return (await hypervisor.findSnapshotsByKey(key)).map(({ ref }) => ref);
}
