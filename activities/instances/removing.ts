/** Removing an instance at its provider: whatever bears its key, and what is known by its reference, to the proof that it is gone. */
import { TenureFailure } from '../../schemas/failures.ts';
import type { Instance } from '../../schemas/db/entities/instance.ts';
import type { Hypervisor, ProviderInstance } from '../hypervisors/port.ts';
import { pause } from '../temporal.ts';

type Known = Pick<
  Instance,
  'key' | 'providerRef' | 'adoptedRef' | 'adoptedName' | 'displayName' | 'createdAt'
>;

/** The provider's clock and ours may differ by so much. */
const CLOCK_SLACK_MS = 600_000;

/**
 * Deletes `found`, which bears the key, and what the reference names: a server that was taken over bears no key of ours, and a mark can
 * get lost. Succeeds when the provider has neither.
 *
 * @throws TenureFailure `retryable` (`not-gone-yet`), or `needs-a-human` (`another-server`) before anything is deleted
 */
export async function removeResources(
  hypervisor: Hypervisor,
  row: Known,
  found: ProviderInstance[],
): Promise<void> {
  const all = [...found, ...(await knownByReference(hypervisor, row, found))];
  for (const { ref } of all) await hypervisor.delete(ref);
  for (const { ref } of all) while ((await hypervisor.get(ref)) !== null) await pause(hypervisor.pollMs);
  const left = await hypervisor.findByKey(row.key);
  if (left.length > 0) {
    throw new TenureFailure('retryable', `${left.length} resources still bear ${row.key}.`, {
      reason: 'not-gone-yet',
    });
  }
  await hypervisor.forget?.(row.key);
}

async function knownByReference(
  hypervisor: Hypervisor,
  row: Known,
  found: ProviderInstance[],
): Promise<ProviderInstance[]> {
  const { providerRef } = row;
  if (providerRef === null || found.some(({ ref }) => ref === providerRef)) return [];
  const there = await hypervisor.get(providerRef);
  if (there === null) return [];
  if (isOurs(there, row)) return [there];
  throw new TenureFailure('needs-a-human', `${providerRef} is another server by now.`, {
    reason: 'another-server',
    nextStep:
      'Look at the provider whose it is. When ours is surely gone, delete or renumber the other one, then retry.',
  });
}

/** Whether it is still the one that the reference meant: some providers give a reference away again. */
function isOurs({ key, name, createdAt }: ProviderInstance, row: Known): boolean {
  if (row.adoptedRef !== row.providerRef) return key === null || key === row.key;
  if (createdAt !== null) return Date.parse(createdAt) <= row.createdAt.getTime() + CLOCK_SLACK_MS;
  return name === row.adoptedName || name === row.displayName;
}
