/**
 * Public addresses beside the first one. They bear no key: what the server had before the order is written down with it, and whatever is
 * there beyond that afterwards is the new one. Nothing else happens to a server meanwhile.
 */
import { isIP } from 'node:net';
import { fromEdgeId, toEdgeId } from '../../schemas/ids.ts';
import { operationOf, type ProviderAddress } from '../hypervisors/port.ts';
import { unlessGone } from '../instances/presence.ts';
import { seek, send, until } from './seeking.ts';
import type { Doing } from './work.ts';

export const addAddress: Doing<'add-address'> = async ({ deps, instance, operation, ref, request }) => {
  const { hypervisor, operations } = deps;
  const [add, addresses] = [operationOf(hypervisor, 'addAddress'), operationOf(hypervisor, 'addresses')];
  const { family } = request;
  const { id, tenantId } = operation;
  const row = await operations.addresses.intend({
    ...{ id, tenantId, instanceId: instance.id, instanceRef: ref, family },
    knownBefore: (await addresses(ref)).map((each) => each.ref),
  });
  const isNew = ({ ref: each, address }: ProviderAddress): boolean =>
    !row.knownBefore.includes(each) && (address === null || isIP(address) === family);
  const found = await seek(hypervisor, row.callSentAt, async () => (await addresses(ref)).find(isNew));
  const added =
    found ??
    (await send(
      (callSentAt) => operations.addresses.save(row, { callSentAt }),
      () => add(ref, family),
    ));
  await operations.addresses.save(row, { providerRef: added.ref });
  const address = await until(hypervisor, async () => {
    const listed = (await addresses(ref)).find((each) => each.ref === added.ref);
    return listed?.address ?? undefined;
  });
  await operations.addresses.save(row, { address, state: 'attached' });
  return { addressId: toEdgeId('address', id), address };
};

export const removeAddress: Doing<'remove-address'> = async ({ deps, instance, request }) => {
  const { hypervisor, operations } = deps;
  const [remove, addresses] = [
    operationOf(hypervisor, 'removeAddress'),
    operationOf(hypervisor, 'addresses'),
  ];
  const row = await operations.addresses.of(instance, fromEdgeId('address', request.addressId));
  const { instanceRef, providerRef } = row;
  if (providerRef !== null) {
    await unlessGone(row.id, async () => {
      await remove(instanceRef, providerRef);
      await until(hypervisor, async () => {
        const isLeft = (await addresses(instanceRef)).some(({ ref }) => ref === providerRef);
        return isLeft ? undefined : true;
      });
    });
  }
  await operations.addresses.save(row, { state: 'removed', deletedAt: new Date() });
};
