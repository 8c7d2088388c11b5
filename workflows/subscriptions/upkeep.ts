/** Mending what the reconciler found: a server that is off is started again, one that is gone is made anew. */
import { patched } from '@temporalio/workflow';
import { facts, hypervisor } from '../activities.ts';
import { HOUR_MS, MINUTE_MS } from '../durations.ts';
import { PATCHES } from '../patches.ts';
import { alone } from './alone.ts';
import { type InstanceRef, type Life, providerOf } from './state.ts';
import { attempt, nextKey, raiseAttention, record, tell } from './steps.ts';
import { missingOf, settleDrift, wrongPowerOf } from './upkeep-state.ts';

/** Something is to be mended now. A person who is needed for a missing server decides first. */
export function needsUpkeep({ state }: Life): boolean {
  return wrongPowerOf(state).length > 0 || (missingOf(state).length > 0 && state.attention === null);
}

/** `false`: a person is needed. */
export async function keepUp(life: Life): Promise<boolean> {
  await mendPower(life);
  const missing = missingOf(life.state);
  if (missing.length === 0 || life.state.attention) return true;
  const names = missing.map(({ ordinal }) => `server ${ordinal}`).join(', ');
  const message = `Gone at the provider: ${names}. A retry makes it anew, from its newest snapshot or else empty, unless it is back by then.`;
  await raiseAttention(life, 'instance-missing', new Error(message));
  void tell(life, 'server-missing');
  return false;
}

/** As the subscription has it: who is paid for runs, who is halted stays halted. */
export async function mendPower(life: Life): Promise<void> {
  const { input, state } = life;
  const { tenantId } = input;
  for (const instance of wrongPowerOf(state)) {
    const at = hypervisor(providerOf(life, instance), HOUR_MS, { tenantId, priority: 'standing' });
    settleDrift(state, 'power', instance.id);
    const target = { tenantId, instanceId: instance.id };
    const work = async (): Promise<void> => {
      if (instance.state === 'stopped') return at.stopInstance(target);
      await at.startInstance(target);
      await at.verifyCredentials(target);
    };
    const reason = instance.state === 'stopped' ? 'suspend-failed' : 'resume-failed';
    if (!(await alone(life, () => attempt(life, reason, work)))) return;
    await record(life);
  }
}

/** A person wants the missing servers back: each is made anew, unless it is there again. `false`: a person is needed again. */
export async function rebuildMissing(life: Life): Promise<boolean> {
  return attempt(life, 'instance-missing', () =>
    alone(life, async () => {
      for (const place of missingOf(life.state)) await rebuild(life, place);
    }),
  );
}

/** Makes the server anew in its place, with new credentials; `false` if it is there after all. Begun once, it goes on where it was. */
export async function rebuild(life: Life, place: InstanceRef): Promise<boolean> {
  const { input, state } = life;
  const { tenantId, subscriptionId, terms } = input;
  const at = hypervisor(providerOf(life, place), terms.provisioning.deadlineMinutes * MINUTE_MS, {
    tenantId,
    priority: 'request',
    summary: `Server ${place.ordinal} anew`,
  });
  if (place.state !== 'creating') {
    if (await at.isPresent({ tenantId, instanceId: place.id })) {
      settleDrift(state, 'missing', place.id);
      return false;
    }
    await reserveAnew(life, place);
  }
  const target = { tenantId, instanceId: place.id };
  await at.createInstance(target);
  await at.awaitReady(target);
  const { backupOf } = patched(PATCHES.rebuildFromBackup)
    ? await at.restoreNewest(target)
    : { backupOf: null };
  await at.verifyCredentials(target);
  const key = nextKey(life, 'hand-over');
  await facts.handOver({ tenantId, subscriptionId, instanceIds: [place.id], key });
  place.state = 'active';
  settleDrift(state, 'missing', place.id);
  const { ordinal } = place;
  await record(life, { notes: [{ kind: 'server-rebuilt', data: { ordinal, backupOf } }] });
  void tell(life, 'server-rebuilt', { backupOf });
  return true;
}

/** The place gets a new instance of its own, with a key of its own; the lost one is written off. */
async function reserveAnew({ input, state }: Life, place: InstanceRef): Promise<void> {
  const { tenantId, subscriptionId } = input;
  const lost = place.id;
  state.generation += 1;
  const { id } = await facts.replaceInstance({
    tenantId,
    subscriptionId,
    instanceId: lost,
    generation: state.generation,
  });
  Object.assign(place, { id, state: 'creating' });
  delete place.keptOff;
  settleDrift(state, 'missing', lost);
  state.drifted?.missing.push(id);
}
