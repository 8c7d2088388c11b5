import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { type ProviderAddress, operationOf } from '../port.ts';
import { examineRefusals, untilAtRest } from './changing.ts';
import { type Exam, rejects, runningInstance, until } from './exam.ts';

/** Public addresses as they are. */
export function examineAddresses(exam: Exam): void {
  it('lists the first one', async () => {
    const { ref, address } = await runningInstance(exam);
    const all = await operationOf(exam.hypervisor, 'addresses')(ref);
    assert.equal(all.filter((each) => each.address === address).length, 1);
    for (const { instanceRef } of all) assert.equal(instanceRef, ref);
  });

  examineRefusals(exam, 'addresses', (addresses, ref) => addresses(ref));
}

/** Extra addresses: added once, and given back. */
export function examineExtraAddresses(exam: Exam): void {
  const addressesOf = (ref: string): Promise<ProviderAddress[]> =>
    operationOf(exam.hypervisor, 'addresses')(ref);
  const untilListed = (ref: string, addressRef: string): Promise<ProviderAddress> =>
    until(
      async () => (await addressesOf(ref)).find((each) => each.ref === addressRef) ?? null,
      (found) => isIP(found?.address ?? '') !== 0,
      'the new address is listed',
    );

  it('are added as the provider has them, and given back as often as asked', async () => {
    const { provider, hypervisor } = exam;
    const { addressFamilies = [4] } = provider;
    const { ref, address: first } = await runningInstance(exam);
    for (const family of addressFamilies) {
      const before = await addressesOf(ref);
      const added = await operationOf(hypervisor, 'addAddress')(ref, family);
      const { address } = await untilListed(ref, added.ref);
      assert.equal(isIP(address ?? ''), family);
      assert.ok(!before.some((each) => each.address === address));
      await untilAtRest(exam, ref);
    }
    const last = (await addressesOf(ref)).filter((each) => isIP(each.address ?? '') === 4).at(-1);
    assert.ok(last && last.address !== first);
    await operationOf(hypervisor, 'removeAddress')(ref, last.ref);
    await untilAtRest(exam, ref);
    await operationOf(hypervisor, 'removeAddress')(ref, last.ref);
    const rest = (await addressesOf(ref)).map(({ address }) => address);
    assert.ok(rest.includes(first) && !rest.includes(last.address));
    assert.equal(await provider.countDone('removeAddress', ref), 1);
  });

  it('are refused as unsupported in a family that the provider lacks', async () => {
    const { provider, hypervisor } = exam;
    const { ref } = await runningInstance(exam);
    for (const family of [4, 6] as const) {
      if (provider.addressFamilies?.includes(family) ?? family === 4) continue;
      await rejects(operationOf(hypervisor, 'addAddress')(ref, family), 'refused', 'unsupported');
    }
    assert.equal(await provider.countDone('addAddress', ref), 0);
  });

  it('are seen when the answer was lost, and not added twice by the driver', async () => {
    const { provider, hypervisor } = exam;
    const { ref } = await runningInstance(exam);
    const before = await addressesOf(ref);
    await provider.disturb('addAddress', 'lost-after');
    await rejects(operationOf(hypervisor, 'addAddress')(ref, 4), 'retryable', 'answer-lost');
    await untilAtRest(exam, ref);
    const after = await until(
      () => addressesOf(ref),
      (all) => (all?.length ?? 0) > before.length,
      'the address is listed',
    );
    assert.equal(after.length, before.length + 1);
    assert.equal(await provider.countDone('addAddress', ref), 1);
  });

  it('are refused for what is not there, and for crooked references', async () => {
    const { provider, hypervisor } = exam;
    const { ref, address } = await runningInstance(exam);
    const addAddress = operationOf(hypervisor, 'addAddress');
    const removeAddress = operationOf(hypervisor, 'removeAddress');
    await rejects(addAddress(provider.unknownRef, 4), 'refused', 'not-found');
    for (const wrong of ['', '..']) {
      await rejects(addAddress(wrong, 4), 'refused', 'bad-ref');
      await rejects(removeAddress(ref, wrong), 'refused', 'bad-ref');
    }
    assert.ok((await addressesOf(ref)).some((each) => each.address === address));
  });
}
