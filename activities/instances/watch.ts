/** Watching an instance at its provider until it is as wanted. */
import type { Instance } from '../../schemas/db/entities/instance.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import type { Hypervisor, ProviderInstance } from '../hypervisors/port.ts';
import { pause } from '../temporal.ts';
import { VANISHED } from './presence.ts';

/** The provider's reference. @throws TenureFailure `needs-a-human` (`no-provider-reference`) */
export function refOf({ providerRef }: Pick<Instance, 'providerRef'>): string {
  if (providerRef !== null) return providerRef;
  throw new TenureFailure('needs-a-human', 'The instance was never made at the provider.', {
    reason: 'no-provider-reference',
    nextStep: 'Retry the provisioning.',
  });
}

/**
 * Polls until the instance is as wanted, doing `goOn` before each look.
 *
 * @throws TenureFailure `needs-a-human` (`vanished`) if somebody deleted it behind our back; `refused` (`provider-gave-up`)
 */
export async function untilInstance(
  hypervisor: Hypervisor,
  ref: string,
  wanted: (instance: ProviderInstance) => boolean,
  goOn?: () => Promise<void>,
): Promise<ProviderInstance> {
  for (;;) {
    await goOn?.();
    const instance = await hypervisor.get(ref);
    if (instance === null) throw vanished();
    if (instance.state === 'failed') {
      throw new TenureFailure('refused', 'The provider gave up on the instance.', {
        reason: 'provider-gave-up',
      });
    }
    if (wanted(instance)) return instance;
    await pause(hypervisor.pollMs);
  }
}

export function vanished(): TenureFailure {
  return new TenureFailure('needs-a-human', 'The instance is gone at the provider.', {
    reason: VANISHED,
    nextStep: 'Find out who deleted it, then retry or cancel.',
  });
}
