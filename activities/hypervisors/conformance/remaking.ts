import assert from 'node:assert/strict';
import { TenureFailure } from '../../../schemas/failures.ts';
import { type InstanceShape, operationOf } from '../port.ts';
import { examineLostAnswer, examineRefusals, untilAtRest } from './changing.ts';
import { type Exam, newKey, order, rejects, runningInstance, until } from './exam.ts';

const FIRST_BOOT_AGAIN = '#cloud-config\nssh_pwauth: false # noch größer\n';

/** Another size: disk and address stay. */
export function examineResize(exam: Exam): void {
  const larger = (): InstanceShape => ({
    plan: exam.provider.largerPlan ?? assert.fail('the provider under test has no largerPlan'),
    region: exam.provider.region,
  });

  it('gives the size of the plan, keeps key and address, and does nothing where nothing is to do', async () => {
    const { provider, hypervisor } = exam;
    const resize = operationOf(hypervisor, 'resize');
    const { plan, region } = larger();
    const wanted = hypervisor.sizeOf(plan, region);
    assert.notEqual(wanted, hypervisor.sizeOf(provider.plan, region));
    const { ref, key, address } = await runningInstance(exam);
    await resize(ref, larger());
    const resized = await until(
      () => hypervisor.get(ref),
      (instance) => instance?.size === wanted && instance.state === 'running',
      `it runs with the size ${wanted}`,
    );
    assert.deepEqual({ key: resized.key, address: resized.address }, { key, address });
    await resize(ref, larger());
    assert.equal((await untilAtRest(exam, ref)).size, wanted);
    assert.equal(await provider.countDone('resize', ref), 1);
  });

  it('refuses a wrong plan entry before asking', async () => {
    const { provider, hypervisor } = exam;
    const { ref } = await runningInstance(exam);
    const wrong = { plan: {}, region: provider.region };
    await rejects(operationOf(hypervisor, 'resize')(ref, wrong), 'refused', 'bad-plan');
    assert.equal(await provider.countDone('resize', ref), 0);
  });

  examineRefusals(exam, 'resize', (resize, ref) => resize(ref, larger()));
  examineLostAnswer(exam, 'resize', (resize, { ref }) => resize(ref, larger()), 1);
}

/** The plan's image anew over the disk. */
export function examineReinstall(exam: Exam): void {
  const anew = (): InstanceShape & { hostname: string; userData: string } => {
    const { plan, region, hostname } = order(exam, newKey());
    return { plan, region, hostname, userData: FIRST_BOOT_AGAIN };
  };

  it('installs anew with the given first-boot data, and keeps reference, key and address', async () => {
    const { provider, hypervisor } = exam;
    const { ref, key, address } = await runningInstance(exam);
    await operationOf(hypervisor, 'reinstall')(ref, anew());
    const installed = await until(
      () => hypervisor.get(ref),
      (instance) => instance?.state === 'running',
      'it runs again',
    );
    assert.deepEqual({ key: installed.key, address: installed.address }, { key, address });
    assert.ok((await provider.countDone('reinstall', ref)) >= 1);
    if (hypervisor.capabilities.userData) assert.equal(await provider.userDataOf?.(ref), FIRST_BOOT_AGAIN);
  });

  examineRefusals(exam, 'reinstall', (reinstall, ref) => reinstall(ref, anew()));
  examineLostAnswer(exam, 'reinstall', (reinstall, { ref }) => reinstall(ref, anew()));
}

/** A snapshot's disk put back. */
export function examineRestore(exam: Exam): void {
  const takeSnapshot = async (instanceRef: string): Promise<string> => {
    const { hypervisor } = exam;
    const { ref } = await hypervisor.createSnapshot(instanceRef, newKey());
    await until(
      () => hypervisor.getSnapshot(ref),
      (snapshot) => snapshot?.state === 'complete',
      'the snapshot is complete',
    );
    await untilAtRest(exam, instanceRef);
    return ref;
  };

  it('puts the disk back as often as asked, and keeps reference, key and address', async () => {
    const { provider, hypervisor } = exam;
    const restore = operationOf(hypervisor, 'restoreSnapshot');
    const { ref, key, address } = await runningInstance(exam);
    const snapshotRef = await takeSnapshot(ref);
    for (const times of [1, 2]) {
      await restore(ref, snapshotRef);
      const restored = await untilAtRest(exam, ref);
      assert.deepEqual({ key: restored.key, address: restored.address }, { key, address });
      assert.ok((await provider.countDone('restoreSnapshot', ref)) >= times);
    }
    assert.equal((await hypervisor.getSnapshot(snapshotRef))?.state, 'complete');
  });

  it('puts it onto another instance when its own is gone, if it says that it can, and else refuses', async () => {
    const { provider, hypervisor } = exam;
    const restore = operationOf(hypervisor, 'restoreSnapshot');
    const lost = await runningInstance(exam);
    const snapshotRef = await takeSnapshot(lost.ref);
    const { ref, key } = await runningInstance(exam);
    if (!hypervisor.capabilities.restoresElsewhere) {
      await assert.rejects(
        restore(ref, snapshotRef),
        (error) => error instanceof TenureFailure && error.kind === 'refused',
      );
      return;
    }
    await provider.deleteBehindOurBack(lost.ref);
    await restore(ref, snapshotRef);
    assert.equal((await untilAtRest(exam, ref)).key, key);
    assert.equal((await hypervisor.getSnapshot(snapshotRef))?.state, 'complete');
  });

  it('says after a lost answer that the outcome is open, and may be repeated', async () => {
    const { provider, hypervisor } = exam;
    const restore = operationOf(hypervisor, 'restoreSnapshot');
    const { ref } = await runningInstance(exam);
    const snapshotRef = await takeSnapshot(ref);
    await provider.disturb('restoreSnapshot', 'lost-after');
    await rejects(restore(ref, snapshotRef), 'retryable', 'answer-lost');
    await untilAtRest(exam, ref);
    await restore(ref, snapshotRef);
    await untilAtRest(exam, ref);
  });

  it('is refused for what is not there, and for crooked references', async () => {
    const { provider, hypervisor } = exam;
    const restore = operationOf(hypervisor, 'restoreSnapshot');
    const { ref } = await runningInstance(exam);
    const snapshotRef = await takeSnapshot(ref);
    const unknownSnapshotRef = provider.unknownSnapshotRef ?? provider.unknownRef;
    await rejects(restore(provider.unknownRef, snapshotRef), 'refused', 'not-found');
    await rejects(restore(ref, unknownSnapshotRef), 'refused', 'not-found');
    for (const wrong of ['', '..']) {
      await rejects(restore(wrong, snapshotRef), 'refused', 'bad-ref');
      await rejects(restore(ref, wrong), 'refused', 'bad-ref');
    }
  });
}
