/** Steps that the Proxmox VE tests share. */
import { newKey, until } from '../../../activities/hypervisors/conformance/exam.ts';
import type {
  CreateInstanceRequest,
  Hypervisor,
  ProviderInstance,
} from '../../../activities/hypervisors/port.ts';
import { type ProxmoxUnderTest, planOf, vmidOf } from './proxmox-under-test.ts';

export function order(change: Partial<CreateInstanceRequest> = {}): CreateInstanceRequest {
  return {
    key: newKey(),
    hostname: 'web-1',
    region: 'fra',
    plan: planOf({}),
    userData: '',
    labels: { tenant: 'ten_1' },
    ...change,
  };
}

/** Goes on with a making, as the activities do, until the machine runs. */
export function finish(
  driver: Hypervisor,
  ref: string,
  request: CreateInstanceRequest,
): Promise<ProviderInstance> {
  return until(
    async () => {
      await driver.advance?.(ref, request);
      return driver.get(ref);
    },
    (instance) => instance?.state === 'running',
    `${ref} runs`,
  );
}

/** How often the stand-in did something to a machine. */
export async function effectsOn(cluster: ProxmoxUnderTest, effect: string, ref: string): Promise<number> {
  return (await cluster.ledger(effect)).filter(({ id }) => id === vmidOf(ref)).length;
}
