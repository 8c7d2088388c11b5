import assert from 'node:assert/strict';
import { type ProviderDisk, operationOf } from '../port.ts';
import { examineRefusals, untilAtRest } from './changing.ts';
import { type Exam, newKey, rejects, runningInstance, until } from './exam.ts';

/** A size that every provider known sells. */
const SIZE_GB = 40;

/** Extra disks: made once, found again by their key, and deleted with what is on them. */
export function examineDisks(exam: Exam): void {
  const disksOf = (ref: string): Promise<ProviderDisk[]> => operationOf(exam.hypervisor, 'disks')(ref);
  const untilAttached = async (ref: string, key: string): Promise<ProviderDisk> => {
    const found = await until(
      async () => (await disksOf(ref)).filter((disk) => disk.key === key),
      (disks) => disks?.some(({ instanceRef }) => instanceRef === ref) ?? false,
      'the disk is attached',
    );
    const [disk] = found;
    assert.ok(disk && found.length === 1, `${found.length} disks bear the key`);
    return disk;
  };

  it('adds one, finds it by its key, and removes it as often as asked', async () => {
    const { provider, hypervisor } = exam;
    const { ref } = await runningInstance(exam);
    assert.deepEqual(await disksOf(ref), []);
    const key = newKey();
    const added = await operationOf(hypervisor, 'addDisk')(ref, { key, sizeGb: SIZE_GB });
    const attached = await untilAttached(ref, key);
    assert.deepEqual(attached, { ref: added.ref, key, sizeGb: SIZE_GB, instanceRef: ref });
    await untilAtRest(exam, ref);
    await operationOf(hypervisor, 'removeDisk')(ref, added.ref);
    await untilAtRest(exam, ref);
    await operationOf(hypervisor, 'removeDisk')(ref, added.ref);
    assert.deepEqual(await disksOf(ref), []);
    assert.equal(await provider.countDone('addDisk', ref), 1);
    assert.equal(await provider.countDone('removeDisk', ref), 1);
  });

  it('keeps the disks of two instances, and two disks of one, apart', async () => {
    const { hypervisor } = exam;
    const addDisk = operationOf(hypervisor, 'addDisk');
    const one = await runningInstance(exam);
    const other = await runningInstance(exam);
    const keys = [newKey(), newKey()] as const;
    for (const key of keys) {
      await addDisk(one.ref, { key, sizeGb: SIZE_GB });
      await untilAttached(one.ref, key);
      await untilAtRest(exam, one.ref);
    }
    assert.deepEqual((await disksOf(one.ref)).map(({ key }) => key).sort(), [...keys].sort());
    assert.deepEqual(await disksOf(other.ref), []);
  });

  for (const disturbance of ['lost-after', 'error-after'] as const) {
    // As its caller does: look, and add again with the same key unless it is there and attached.
    it(`says after "${disturbance}" that the outcome is open, and ends with one disk when its caller goes on`, async () => {
      const { provider, hypervisor } = exam;
      const addDisk = operationOf(hypervisor, 'addDisk');
      const { ref } = await runningInstance(exam);
      const key = newKey();
      await provider.disturb('addDisk', disturbance);
      await rejects(addDisk(ref, { key, sizeGb: SIZE_GB }), 'retryable', 'answer-lost');
      await untilAtRest(exam, ref);
      const isThere = (await disksOf(ref)).some((disk) => disk.key === key && disk.instanceRef === ref);
      if (!isThere) await addDisk(ref, { key, sizeGb: SIZE_GB });
      await untilAttached(ref, key);
      assert.equal(await provider.countDone('addDisk', ref), 1);
    });
  }

  it('says that the outcome of removing is open when the answer is lost, and may be repeated', async () => {
    const { provider, hypervisor } = exam;
    const removeDisk = operationOf(hypervisor, 'removeDisk');
    const { ref } = await runningInstance(exam);
    const key = newKey();
    const disk = await operationOf(hypervisor, 'addDisk')(ref, { key, sizeGb: SIZE_GB });
    await untilAttached(ref, key);
    await untilAtRest(exam, ref);
    await provider.disturb('removeDisk', 'lost-after');
    await rejects(removeDisk(ref, disk.ref), 'retryable', 'answer-lost');
    await untilAtRest(exam, ref);
    await removeDisk(ref, disk.ref);
    await untilAtRest(exam, ref);
    assert.deepEqual(await disksOf(ref), []);
    assert.equal(await provider.countDone('removeDisk', ref), 1);
  });

  it('touches no disk of another instance', async () => {
    const { hypervisor } = exam;
    const one = await runningInstance(exam);
    const other = await runningInstance(exam);
    const key = newKey();
    const disk = await operationOf(hypervisor, 'addDisk')(one.ref, { key, sizeGb: SIZE_GB });
    await untilAttached(one.ref, key);
    await untilAtRest(exam, one.ref);
    await operationOf(hypervisor, 'removeDisk')(other.ref, disk.ref).catch(() => undefined);
    assert.equal((await untilAttached(one.ref, key)).ref, disk.ref);
    for (const wrong of ['', '..']) {
      await rejects(operationOf(hypervisor, 'removeDisk')(one.ref, wrong), 'refused', 'bad-ref');
    }
  });

  examineRefusals(exam, 'addDisk', (addDisk, ref) => addDisk(ref, { key: newKey(), sizeGb: SIZE_GB }));
}
