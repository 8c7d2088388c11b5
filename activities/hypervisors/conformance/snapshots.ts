import assert from 'node:assert/strict';
import type { ProviderSnapshot } from '../port.ts';
import { crowdOf, type Exam, leaveOut, newKey, rejects, runningInstance, until, untilState } from './exam.ts';

/** Snapshots: found again by their key, and as long-lived as the driver says. */
export function examineSnapshots(exam: Exam): void {
  it('takes one, finds it by its key, and deletes it as often as asked', async () => {
    const { hypervisor } = exam;
    const key = newKey();
    const { ref: instanceRef } = await runningInstance(exam);
    const ordered = await hypervisor.createSnapshot(instanceRef, key);
    assert.equal(ordered.key, key);
    assert.deepEqual(await refsByKey(exam, key), [ordered.ref]);
    const complete = await untilComplete(exam, ordered.ref);
    assert.ok(complete.sizeBytes === null || complete.sizeBytes > 0);
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

  it('outlives its instance', async function () {
    const { hypervisor } = exam;
    if (!hypervisor.capabilities.snapshotsOutlive) leaveOut(this, 'its snapshots end with their instance');
    const { ref: instanceRef } = await runningInstance(exam);
    const { ref } = await hypervisor.createSnapshot(instanceRef, newKey());
    await untilComplete(exam, ref);
    await untilState(exam, instanceRef, 'running');
    await hypervisor.delete(instanceRef);
    assert.equal((await hypervisor.getSnapshot(ref))?.state, 'complete');
  });

  it('is refused for what is not there', async () => {
    const { provider, hypervisor } = exam;
    const { unknownRef, unknownSnapshotRef = unknownRef } = provider;
    await rejects(hypervisor.createSnapshot(unknownRef, newKey()), 'refused', 'not-found');
    assert.equal(await hypervisor.getSnapshot(unknownSnapshotRef), null);
    await hypervisor.deleteSnapshot(unknownSnapshotRef);
    for (const wrong of ['', '..']) {
      await rejects(hypervisor.createSnapshot(wrong, newKey()), 'refused', 'bad-ref');
      await rejects(hypervisor.getSnapshot(wrong), 'refused', 'bad-ref');
      await rejects(hypervisor.deleteSnapshot(wrong), 'refused', 'bad-ref');
    }
  });
}

/** The account's snapshots: all of them or a failure. */
export function examineSnapshotList(exam: Exam): void {
  it('lists every snapshot once, over all pages, ours or not', async () => {
    const { provider, hypervisor } = exam;
    const { ref: instanceRef } = await runningInstance(exam);
    const early = await hypervisor.createSnapshot(instanceRef, newKey());
    await untilComplete(exam, early.ref);
    await untilState(exam, instanceRef, 'running');
    const crowd = crowdOf(provider);
    await provider.crowdSnapshots?.(crowd);
    const late = await hypervisor.createSnapshot(instanceRef, newKey());
    const all = await listAll(exam);
    assert.equal(new Set(all.map(({ ref }) => ref)).size, all.length);
    for (const { ref, key } of [early, late]) {
      assert.equal(all.filter((snapshot) => snapshot.ref === ref && snapshot.key === key).length, 1);
    }
    const isFromCrowd = ({ key }: ProviderSnapshot): boolean => key === null;
    if (provider.crowdSnapshots) assert.ok(all.filter(isFromCrowd).length >= crowd);
    assert.deepEqual(await refsByKey(exam, late.key ?? ''), [late.ref]);
  });

  it('fails as a whole when a page is not answered, and works afterwards', async () => {
    const { provider, hypervisor } = exam;
    await runningInstance(exam);
    const skip = provider.crowdSnapshots ? 1 : 0;
    await provider.disturb('list-snapshots', 'error-before', { skip, times: 10 });
    await rejects(listAll(exam), 'retryable', 'server-error');
    await provider.calm();
    const filtered = provider.findsByFilter ? 0 : skip;
    await provider.disturb('list-snapshots', 'throttle', { skip: filtered, times: 10 });
    await rejects(hypervisor.findSnapshotsByKey(newKey()), 'throttled', 'rate-limited');
    await provider.calm();
    await listAll(exam);
  });
}

/** What a driver without snapshots answers. */
export function examineNoSnapshots(exam: Exam): void {
  it('refuses them as unsupported', async () => {
    const { ref } = await runningInstance(exam);
    await rejects(exam.hypervisor.createSnapshot(ref, newKey()), 'refused', 'unsupported');
    assert.deepEqual(await exam.hypervisor.findSnapshotsByKey(newKey()), []);
    assert.deepEqual(await listAll(exam), []);
  });
}

async function listAll({ hypervisor }: Exam): Promise<ProviderSnapshot[]> {
  const all: ProviderSnapshot[] = [];
  for await (const snapshot of hypervisor.listSnapshots()) all.push(snapshot);
  return all;
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
