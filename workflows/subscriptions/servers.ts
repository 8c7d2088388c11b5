/** All servers of a subscription at once: halt them, start them again. */
import { hypervisor } from '../activities.ts';
import { DAY_MS, HOUR_MS } from '../durations.ts';
import type { Life } from './state.ts';

/** Powers every server off; their disks stay. */
export async function stopServers({ input, state }: Life): Promise<void> {
  const { tenantId, provider } = input;
  const at = hypervisor(provider, DAY_MS);
  await Promise.all(
    state.instances.map(async (instance) => {
      await at.stopInstance({ tenantId, instanceId: instance.id });
      instance.state = 'stopped';
    }),
  );
}

/** Powers every server on and tries its credentials: it runs only when somebody can sign in. */
export async function restartServers({ input, state }: Life): Promise<void> {
  const { tenantId, provider } = input;
  const at = hypervisor(provider, HOUR_MS);
  await Promise.all(
    state.instances.map(async (instance) => {
      await at.startInstance({ tenantId, instanceId: instance.id });
      await at.verifyCredentials({ tenantId, instanceId: instance.id });
      instance.state = 'active';
    }),
  );
}
