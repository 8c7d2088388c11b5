/** What the reconciler has told of a subscription's instances and is still to be acted on. Pure. */
import type { InstanceDrifted } from '../../schemas/subscriptions/lifecycle.ts';
import type { SubscriptionState } from './state.ts';

type Drifted = Pick<SubscriptionState, 'drifted' | 'instances'>;

/** Keeps the note; told again, or of an instance that is not this subscription's, it changes nothing. */
export function noteDrift(state: Drifted, { instanceId, finding }: InstanceDrifted): void {
  state.drifted ??= { missing: [], power: [] };
  const noted = state.drifted[finding];
  const isOurs = state.instances.some(({ id, state: stands }) => id === instanceId && stands !== 'deleted');
  if (isOurs && !noted.includes(instanceId)) noted.push(instanceId);
}

export function missingOf({ drifted, instances }: Drifted): Drifted['instances'] {
  return instances.filter(({ id }) => drifted?.missing.includes(id));
}

/** Those whose power is to be looked at: a missing one has none. */
export function wrongPowerOf({ drifted, instances }: Drifted): Drifted['instances'] {
  return instances.filter(({ id }) => drifted?.power.includes(id) && !drifted.missing.includes(id));
}

export function settleDrift({ drifted }: Drifted, finding: InstanceDrifted['finding'], id: string): void {
  if (drifted) drifted[finding] = drifted[finding].filter((noted) => noted !== id);
}
