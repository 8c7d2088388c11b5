/**
 * The exam that every driver must pass, over the wire, against a stand-in that keeps the real provider's rules. It is a
 * mocha suite and knows no provider: what goes wrong is said in the words of the port.
 */
import assert from 'node:assert/strict';
import { examineCreating } from './conformance/creating.ts';
import type { Exam } from './conformance/exam.ts';
import { examineCapacity, examineInventory } from './conformance/inventory.ts';
import { examineDeleting, examineSwitching } from './conformance/keeping.ts';
import type { ProviderUnderTest } from './conformance/provider-under-test.ts';
import { examineLacking, examineOperations } from './conformance/operations.ts';
import { examineNoSnapshots, examineSnapshotList, examineSnapshots } from './conformance/snapshots.ts';
import type { Capabilities, Operation } from './port.ts';

export type {
  ChangingOperation,
  Disturbable,
  Disturbance,
  ProviderUnderTest,
} from './conformance/provider-under-test.ts';

/** What the driver must say of itself; its reasons for what it lacks are its own, but there must be one for each. */
export type ExpectedCapabilities = Omit<Capabilities, 'lacks'>;

/**
 * Describes the whole exam for one driver.
 *
 * @param name the driver's name.
 * @param capabilities what the provider can do; the driver must say the same.
 * @param operations those that the driver must have; all others must be among what it `lacks`.
 * @param start brings up a stand-in with an empty account.
 */
export function describeHypervisor(
  name: string,
  capabilities: ExpectedCapabilities,
  operations: readonly Operation[],
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
      assert.deepEqual({ ...hypervisor.capabilities, lacks: {} }, { ...capabilities, lacks: {} });
      assert.deepEqual(Object.keys(hypervisor.operations).sort(), [...operations].sort());
      assert.ok(hypervisor.createSettleMs > 0);
      assert.ok(hypervisor.pollMs > 0);
      assert.ok(hypervisor.requestsPerSecond > 0);
    });

    describe('creating', () => examineCreating(exam));
    describe('switching off and on', () => examineSwitching(exam));
    describe('deleting', () => examineDeleting(exam));
    describe('snapshots', () => (capabilities.snapshots ? examineSnapshots(exam) : examineNoSnapshots(exam)));
    describe('operations', () => examineOperations(exam, operations));
    describe('what it lacks', () => examineLacking(exam, operations));
    describe('capacity', () => examineCapacity(exam));
    // Last, because they leave crowds behind.
    if (capabilities.snapshots) describe('list of snapshots', () => examineSnapshotList(exam));
    describe('inventory', () => examineInventory(exam));
  });
}
