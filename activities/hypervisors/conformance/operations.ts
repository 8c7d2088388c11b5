import assert from 'node:assert/strict';
import { LANGUAGES } from '../../../schemas/language.ts';
import { HYPERVISOR_REASONS, type Operation, operationOf } from '../port.ts';
import { examineAddresses, examineExtraAddresses } from './addresses.ts';
import { examineConsole, examineReboot, examineRename } from './changing.ts';
import { examineDisks } from './disks.ts';
import { type Exam, rejects } from './exam.ts';
import { examineFirewall } from './firewall.ts';
import { examineReinstall, examineResize, examineRestore } from './remaking.ts';

/** Everything that a driver may have; the compiler sees to it that none is forgotten. */
const ALL: Record<Operation, true> = {
  reboot: true,
  resize: true,
  reinstall: true,
  rename: true,
  console: true,
  restoreSnapshot: true,
  addDisk: true,
  disks: true,
  removeDisk: true,
  addAddress: true,
  addresses: true,
  removeAddress: true,
  setFirewall: true,
  firewall: true,
};

/** What belongs together: half of it is of no use. */
const GROUPS: readonly (readonly Operation[])[] = [
  ['addDisk', 'disks', 'removeDisk'],
  ['addAddress', 'removeAddress'],
  ['setFirewall', 'firewall'],
];

const PARTS: readonly { part: string; operation: Operation; examine: (exam: Exam) => void }[] = [
  { part: 'rebooting', operation: 'reboot', examine: examineReboot },
  { part: 'renaming', operation: 'rename', examine: examineRename },
  { part: 'the console', operation: 'console', examine: examineConsole },
  { part: 'resizing', operation: 'resize', examine: examineResize },
  { part: 'reinstalling', operation: 'reinstall', examine: examineReinstall },
  { part: 'restoring a snapshot', operation: 'restoreSnapshot', examine: examineRestore },
  { part: 'extra disks', operation: 'addDisk', examine: examineDisks },
  { part: 'addresses', operation: 'addresses', examine: examineAddresses },
  { part: 'extra addresses', operation: 'addAddress', examine: examineExtraAddresses },
  { part: 'the firewall', operation: 'setFirewall', examine: examineFirewall },
];

/** What the driver has beyond making, keeping and deleting: each operation by itself. */
export function examineOperations(exam: Exam, operations: readonly Operation[]): void {
  it('has groups of operations as a whole or not at all', () => {
    for (const group of GROUPS) {
      const had = group.filter((operation) => operations.includes(operation));
      assert.ok(had.length === 0 || had.length === group.length, `${had.join(', ')} without the rest`);
    }
    assert.ok(!operations.includes('addAddress') || operations.includes('addresses'));
  });

  for (const { part, operation, examine } of PARTS) {
    if (operations.includes(operation)) describe(part, () => examine(exam));
  }
}

/** What the driver has not: refused in its own words, and never a silent nothing. */
export function examineLacking(exam: Exam, operations: readonly Operation[]): void {
  const lacking = (Object.keys(ALL) as Operation[]).filter((operation) => !operations.includes(operation));

  it('gives a reason for what it lacks, and for nothing else', () => {
    assert.deepEqual(Object.keys(exam.hypervisor.capabilities.lacks).sort(), [...lacking].sort());
  });

  for (const operation of lacking) {
    it(`refuses ${operation} with a sentence in every language`, async () => {
      const ask = async (): Promise<unknown> => operationOf(exam.hypervisor, operation);
      const { details } = await rejects(ask(), 'refused', HYPERVISOR_REASONS.unsupported);
      const sentence = exam.hypervisor.capabilities.lacks[operation];
      assert.equal(details.nextStep, sentence?.en);
      for (const language of LANGUAGES) assert.match(sentence?.[language] ?? '', /^\p{Lu}.{10,}\.$/u);
      assert.notEqual(sentence?.de, sentence?.en);
    });
  }
}
