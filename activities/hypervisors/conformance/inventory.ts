import assert from 'node:assert/strict';
import type { ProviderInstance } from '../port.ts';
import { crowdOf, type Exam, leaveOut, newKey, order, rejects, runningInstance } from './exam.ts';

/** Reading the whole account: all of it or a failure, never a part that passes for all. */
export function examineInventory(exam: Exam): void {
  const early = newKey();
  const late = newKey();

  before('crowd the account', async () => {
    const { provider, hypervisor } = exam;
    const crowd = crowdOf(provider);
    await provider.limitInstances?.(crowd * 2);
    await hypervisor.create(order(exam, early));
    await provider.crowd(crowd);
    await hypervisor.create(order(exam, late));
  });

  it('lists every instance once, over all pages, ours or not', async () => {
    const all = await listAll(exam);
    const crowd = crowdOf(exam.provider);
    assert.ok(all.length >= crowd + 2);
    assert.equal(new Set(all.map(({ ref }) => ref)).size, all.length);
    assert.ok(all.filter(({ key }) => key === null).length >= crowd);
    for (const key of [early, late]) assert.equal(all.filter((instance) => instance.key === key).length, 1);
  });

  it('finds a key on the first and on the last page', async () => {
    for (const key of [early, late]) assert.equal((await exam.hypervisor.findByKey(key)).length, 1);
    assert.deepEqual(await exam.hypervisor.findByKey(newKey()), []);
  });

  for (const [disturbance, kind, reason] of [
    ['lost-before', 'retryable', 'no-answer'],
    ['error-before', 'retryable', 'server-error'],
    ['slow', 'retryable', 'no-answer'],
    ['throttle', 'throttled', 'rate-limited'],
  ] as const) {
    it(`fails as a whole when a later page meets "${disturbance}", and works afterwards`, async () => {
      const { provider, hypervisor } = exam;
      // Reading may be repeated by the driver, so it meets the disturbance again.
      const skip = provider.findsByFilter ? 0 : 1;
      await provider.disturb('list', disturbance, { skip, times: 10 });
      await rejects(hypervisor.findByKey(late), kind, reason);
      await provider.calm();
      await provider.disturb('list', disturbance, { skip: 1, times: 10 });
      await rejects(listAll(exam), kind, reason);
      await provider.calm();
      assert.equal((await hypervisor.findByKey(late)).length, 1);
    });
  }
}

/** What there is and what is used, where the provider tells. */
export function examineCapacity(exam: Exam): void {
  it('tells of each part once, in figures that can be', async () => {
    const { hypervisor } = exam;
    await runningInstance(exam);
    const parts = await hypervisor.capacity();
    assert.equal(new Set(parts.map(({ name }) => name)).size, parts.length);
    for (const { cpus, memoryMb, diskGb, instances } of parts) {
      for (const { used, total } of [cpus, memoryMb, diskGb, instances]) {
        for (const figure of [used, total]) assert.ok(figure === null || figure >= 0, `${figure}`);
      }
      for (const whole of [instances.used, instances.total]) {
        assert.ok(whole === null || Number.isInteger(whole));
      }
    }
    const counted = parts.map(({ instances }) => instances.used).filter((used) => used !== null);
    if (counted.length > 0) assert.ok(counted.reduce((sum, used) => sum + used, 0) >= 1);
  });

  it('fails in typed words when the key is refused', async function () {
    const { provider, hypervisor } = exam;
    if ((await hypervisor.capacity()).length === 0) leaveOut(this, 'it tells nothing of its capacity');
    await rejects(provider.connect('wrong-0123456789abcdef').capacity(), 'needs-a-human', 'key-refused');
  });
}

async function listAll({ hypervisor }: Exam): Promise<ProviderInstance[]> {
  const all: ProviderInstance[] = [];
  for await (const instance of hypervisor.list()) all.push(instance);
  return all;
}
