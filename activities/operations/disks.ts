/** Disks beside the plan's own. */
import { extraKey, fromEdgeId, toEdgeId } from '../../schemas/ids.ts';
import { operationOf, type ProviderDisk } from '../hypervisors/port.ts';
import { unlessGone } from '../instances/presence.ts';
import { seek, send, until } from './seeking.ts';
import type { Doing } from './work.ts';

/** The driver goes on with a disk that an interrupted call left unattached. */
export const addDisk: Doing<'add-disk'> = async ({ deps, instance, operation, ref, request }) => {
  const { hypervisor, operations } = deps;
  const [add, disks] = [operationOf(hypervisor, 'addDisk'), operationOf(hypervisor, 'disks')];
  const { sizeGb } = request;
  const { id, tenantId } = operation;
  const key = extraKey(instance.key, 'disk', id);
  const row = await operations.disks.intend({
    ...{ id, tenantId, instanceId: instance.id, instanceRef: ref, key, sizeGb },
  });
  const look = async (): Promise<ProviderDisk | undefined> =>
    (await disks(ref)).find((disk) => disk.key === key);
  const isAttached = (disk: ProviderDisk | undefined): boolean => disk?.instanceRef === ref;
  if (!isAttached(await seek(hypervisor, row.callSentAt, look))) {
    await send(
      (callSentAt) => operations.disks.save(row, { callSentAt }),
      () => add(ref, { key, sizeGb }),
    );
  }
  const disk = await until(hypervisor, async () => {
    const found = await look();
    return isAttached(found) ? found : undefined;
  });
  await operations.disks.save(row, { providerRef: disk.ref, state: 'attached' });
  return { diskId: toEdgeId('disk', id) };
};

/** With what is on it. */
export const removeDisk: Doing<'remove-disk'> = async ({ deps, instance, request }) => {
  const { hypervisor, operations } = deps;
  const [remove, disks] = [operationOf(hypervisor, 'removeDisk'), operationOf(hypervisor, 'disks')];
  const row = await operations.disks.of(instance, fromEdgeId('disk', request.diskId));
  const { instanceRef, key } = row;
  const find = async (): Promise<ProviderDisk | undefined> => {
    let all: ProviderDisk[] = [];
    // Of a server that is lost: its disks may be left.
    await unlessGone(key, async () => (all = await disks(instanceRef)));
    return all.find((disk) => disk.key === key);
  };
  const providerRef = row.providerRef ?? (await find())?.ref;
  if (providerRef !== undefined) {
    await remove(instanceRef, providerRef);
    await until(hypervisor, async () => ((await find()) === undefined ? true : undefined));
  }
  await operations.disks.save(row, { state: 'removed', deletedAt: new Date() });
};
