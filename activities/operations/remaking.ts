/** A server's disk as it was: installed anew, or put back from a snapshot. What was on it since is lost; that was asked for. */
import { TenureFailure } from '../../schemas/failures.ts';
import { fromEdgeId } from '../../schemas/ids.ts';
import { OPERATION_REASONS } from '../../schemas/operations/operations.ts';
import { CREDENTIALS_REFUSED } from '../access/failures.ts';
import { operationOf } from '../hypervisors/port.ts';
import { requestOf } from '../instances/create.ts';
import { awaitFirstBoot } from '../instances/first-boot.ts';
import { bringUp, sendOnce } from './power.ts';
import type { Doing } from './work.ts';

/** Its first boot is long over: a server that refuses the password at so many looks has another one. */
const REFUSALS = 20;

/** The plan's image with the same first-boot data as at the making: the password stays, the host key is another one. */
export const reinstall: Doing<'reinstall'> = async (work) => {
  const { deps, target, operation, ref } = work;
  const { hypervisor, rows } = deps;
  const loaded = await rows.loadWithTerms(target);
  const { plan, region, hostname, userData } = await requestOf(deps, loaded, operation.id);
  const install = operationOf(hypervisor, 'reinstall');
  await sendOnce(work, () => install(ref, { plan, region, hostname, userData }));
  await rows.save(target, { fingerprint: null, credentialsUnknown: false, pendingSecret: null });
  await awaitFirstBoot(deps, loaded);
  await bringUp(work);
};

export const restoreSnapshot: Doing<'restore-snapshot'> = async (work) => {
  const { deps, target, instance, ref, request } = work;
  const { hypervisor, rows, operations } = deps;
  const snapshot = await operations.snapshots.of(instance, fromEdgeId('snapshot', request.snapshotId));
  const { providerRef, provider, state } = snapshot;
  if (providerRef === null || state !== 'complete' || provider !== hypervisor.name) {
    throw new TenureFailure('refused', 'This snapshot cannot be restored to this server.', {
      reason: OPERATION_REASONS.unknownPart,
      nextStep: 'Choose a snapshot that is complete.',
    });
  }
  const putBack = operationOf(hypervisor, 'restoreSnapshot');
  await sendOnce(work, () => putBack(ref, providerRef));
  // Between the snapshot and now it may have been installed anew, with another host key.
  await rows.save(target, { fingerprint: null });
  await bringUp(work, { refusedForMs: REFUSALS * hypervisor.pollMs }).catch(sayWhosePassword);
};

function sayWhosePassword(error: unknown): never {
  if (!(error instanceof TenureFailure) || error.details.reason !== CREDENTIALS_REFUSED) throw error;
  throw new TenureFailure(
    'refused',
    'The snapshot was restored and the server runs, but it does not take the present password: that of the snapshot is older.',
    {
      reason: OPERATION_REASONS.olderPassword,
      nextStep: 'Sign in with the password of the time of the snapshot, or reinstall the server.',
    },
    { cause: error },
  );
}
