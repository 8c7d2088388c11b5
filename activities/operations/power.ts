/** Starting, stopping and restarting a server on request. */
import { untilInstance } from '../instances/watch.ts';
import { verify } from '../instances/verify.ts';
import { operationOf } from '../hypervisors/port.ts';
import { send } from './seeking.ts';
import type { Doing, Work } from './work.ts';

export const start: Doing<'start'> = (work) => bringUp(work);

export const stop: Doing<'stop'> = async ({ deps, target, ref }) => {
  const { hypervisor, rows } = deps;
  await hypervisor.stop(ref);
  await untilInstance(hypervisor, ref, ({ state }) => state === 'stopped');
  await rows.save(target, { state: 'stopped' });
};

/** A restart whose answer was lost is sent again: a second one does no harm, none at all would be a lie. */
export const reboot: Doing<'reboot'> = async (work) => {
  const { hypervisor } = work.deps;
  await sendOnce(work, () => operationOf(hypervisor, 'reboot')(work.ref));
  await bringUp(work);
};

/** Powered on and proven: to whoever asked, "done" means that they can sign in. */
export async function bringUp(
  { deps, target, ref }: Omit<Work, 'request'>,
  options: Parameters<typeof verify>[2] = {},
): Promise<void> {
  const { hypervisor, rows } = deps;
  await untilInstance(hypervisor, ref, isAtRest);
  await hypervisor.start(ref);
  const { address } = await untilInstance(hypervisor, ref, ({ state }) => state === 'running');
  // It runs, as was asked for, also if nobody can sign in: whoever compares must not halt it again.
  await rows.save(target, { state: 'active', ...(address === null ? {} : { address }) });
  await verify(deps, target, options);
}

/**
 * Sends a call that bears no key and takes effect on the server as a whole. After a lost answer it is sent again only if the provider
 * shows nothing of it.
 */
export async function sendOnce(
  { deps, operation, ref }: Omit<Work, 'request'>,
  order: () => Promise<void>,
): Promise<void> {
  const { operations, hypervisor } = deps;
  if (operation.callAcceptedAt !== null) return;
  const seen = operation.callSentAt === null ? null : await hypervisor.get(ref);
  if (seen === null || isAtRest(seen)) {
    await send((callSentAt) => operations.save(operation, { callSentAt }), order);
  }
  await operations.save(operation, { callAcceptedAt: new Date() });
}

function isAtRest({ state }: { state: string }): boolean {
  return state === 'running' || state === 'stopped';
}
