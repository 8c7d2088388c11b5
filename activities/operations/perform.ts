/** From an operation's kind to its work. May be repeated at any point: each looks before it makes something. */
import type { Instance } from '../../schemas/db/entities/instance.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import { OPERATION_REASONS, type OperationKind } from '../../schemas/operations/operations.ts';
import { refOf, vanished } from '../instances/watch.ts';
import { beating } from '../temporal.ts';
import { addAddress, removeAddress } from './addresses.ts';
import { addDisk, removeDisk } from './disks.ts';
import { reboot, start, stop } from './power.ts';
import { reinstall, restoreSnapshot } from './remaking.ts';
import { openConsole, rename, rotateCredentials, setFirewall } from './settings.ts';
import { deleteSnapshot, takeAskedSnapshot } from './snapshots.ts';
import type { Doing, OperationDependencies, OperationTarget, Work } from './work.ts';

const DOINGS: { [K in OperationKind]: Doing<K> } = {
  start,
  stop,
  reboot,
  reinstall,
  rename,
  'open-console': openConsole,
  'rotate-credentials': rotateCredentials,
  'take-snapshot': takeAskedSnapshot,
  'restore-snapshot': restoreSnapshot,
  'delete-snapshot': deleteSnapshot,
  'add-disk': addDisk,
  'remove-disk': removeDisk,
  'add-address': addAddress,
  'remove-address': removeAddress,
  'set-firewall': setFirewall,
};

export type OperationActivities = ReturnType<typeof createOperationActivities>;

export function createOperationActivities(deps: OperationDependencies) {
  return {
    /** Does what the operation's row asks for, at most once; one that is over already is left so. */
    performOperation: (target: OperationTarget): Promise<void> =>
      beating(async () => {
        const operation = await deps.operations.begin(target);
        // Asked for again, from the time before the history was renewed.
        if (operation.state !== 'running') return;
        const instance = await deps.rows.load(target);
        const ref = await presentRef(deps, instance);
        // The table pairs each kind with its own request, which TypeScript cannot follow through the index.
        const perform = DOINGS[operation.kind] as Doing<OperationKind>;
        const work = { deps, target, operation, instance, ref, request: operation.request } as Work;
        const result = await perform(work);
        if (result) await deps.operations.save(operation, { result });
      }),
  };
}

async function presentRef({ hypervisor }: OperationDependencies, instance: Instance): Promise<string> {
  if (instance.deletedAt !== null) {
    throw new TenureFailure('refused', 'This server was deleted.', {
      reason: OPERATION_REASONS.unknownInstance,
      nextStep: 'Look which servers the subscription has now.',
    });
  }
  const ref = refOf(instance);
  if ((await hypervisor.get(ref)) === null) throw vanished();
  return ref;
}
