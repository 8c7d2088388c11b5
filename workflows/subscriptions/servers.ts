/** All servers of a subscription at once: halt them, start them again. */
import { hypervisor } from '../activities.ts';
import { DAY_MS, HOUR_MS } from '../durations.ts';
import { alone } from './alone.ts';
import { type InstanceRef, type Life, providerOf } from './state.ts';
import { rebuild } from './upkeep.ts';
import { missingOf } from './upkeep-state.ts';

/**
 * Does `work` to every server, side by side. Goes on past a failure and reports the first one when all have ended, so that
 * nothing is still being done to a server when the story turns round.
 */
export async function withEachServer(
  life: Life,
  work: (instance: InstanceRef) => Promise<void>,
): Promise<void> {
  const outcomes = await alone(life, () => Promise.allSettled(life.state.instances.map(work)));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

/** Powers every server off; their disks stay. */
export async function stopServers(life: Life): Promise<void> {
  const { tenantId } = life.input;
  await withEachServer(life, async (instance) => {
    const at = hypervisor(providerOf(life, instance), DAY_MS, { tenantId, priority: 'standing' });
    await at.stopInstance({ tenantId, instanceId: instance.id });
    instance.state = 'stopped';
  });
}

/**
 * Powers every server on (one that is gone is made anew) and tries its credentials: it runs only when somebody can sign in. What its owner
 * had switched off before stays off.
 */
export async function restartServers(life: Life): Promise<void> {
  const { tenantId } = life.input;
  await withEachServer(life, async (instance) => {
    const at = hypervisor(providerOf(life, instance), HOUR_MS, { tenantId, priority: 'standing' });
    const isMissing = missingOf(life.state).includes(instance);
    if (isMissing && (await rebuild(life, instance))) return;
    if (instance.keptOff) return;
    await at.startInstance({ tenantId, instanceId: instance.id });
    await at.verifyCredentials({ tenantId, instanceId: instance.id });
    instance.state = 'active';
  });
}
