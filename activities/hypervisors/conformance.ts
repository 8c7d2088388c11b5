/**
 * The exam that every driver must pass, over the wire, against a stand-in that keeps the real provider's rules. It is a
 * mocha suite and knows no provider: what goes wrong is said in the words of the port.
 */
import assert from 'node:assert/strict';
import { examineCreating } from './conformance/creating.ts';
import type { Exam } from './conformance/exam.ts';
import { examineInventory } from './conformance/inventory.ts';
import { examineDeleting, examineSwitching } from './conformance/keeping.ts';
import type { ProviderUnderTest } from './conformance/provider-under-test.ts';
import { examineNoSnapshots, examineSnapshots } from './conformance/snapshots.ts';
import type { Capabilities } from './port.ts';

export type { Disturbance, Operation, ProviderUnderTest } from './conformance/provider-under-test.ts';

/**
 * Describes the whole exam for one driver.
 *
 * @param name the driver's name.
 * @param capabilities what the provider can do; the driver must say the same.
 * @param start brings up a stand-in with an empty account.
 */
export function describeHypervisor(
  name: string,
  capabilities: Capabilities,
  start: () => Promise<ProviderUnderTest>,
): void {
  describe(`hypervisor ${name}`, function () {
    this.timeout(60_000);
    const exam = {} as Exam;

    before(async () => {
      exam.provider = await start();
      exam.hypervisor = exam.provider.connect();
    });
    afterEach(() => exam.provider.calm());
    after(() => exam.provider.close());

    it('says who it is and what it can do', () => {
      const { hypervisor } = exam;
      assert.equal(hypervisor.name, name);
      assert.deepEqual(hypervisor.capabilities, capabilities);
      assert.ok(hypervisor.createSettleMs > 0);
      assert.ok(hypervisor.pollMs > 0);
      assert.ok(hypervisor.requestsPerSecond > 0);
    });

    describe('creating', () => examineCreating(exam));
    describe('switching off and on', () => examineSwitching(exam));
    describe('deleting', () => examineDeleting(exam));
    describe('snapshots', () => (capabilities.snapshots ? examineSnapshots(exam) : examineNoSnapshots(exam)));
    // Last, because it leaves a crowd behind.
    describe('inventory', () => examineInventory(exam));
  });
}
