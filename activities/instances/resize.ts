/** Giving an instance the size of a plan, found again after a crash by what the provider shows. */
import type { TimelineKind } from '../../schemas/api/shop.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import { type Hypervisor, operationOf, type ProviderInstance } from '../hypervisors/port.ts';
import type { InstanceRows, InstanceTarget } from './rows.ts';
import { refOf, untilInstance } from './watch.ts';

export interface ResizeTarget extends InstanceTarget {
  /** The plan whose size it is to have: not always its subscription's, which follows only afterwards. */
  planId: string;
  /** Business key of the change. */
  key: string;
}

interface ResizeDependencies {
  rows: InstanceRows;
  hypervisor: Hypervisor;
}

const RESIZED: TimelineKind = 'instance-resized';

/**
 * Resizes unless it has that size, waits until the provider is through, and starts it if that left it off.
 *
 * @throws TenureFailure `refused`: `unsupported` by the provider, or `resize-given-up` if it went back to the old size by itself;
 *   else as the driver and {@link untilInstance}.
 */
export async function resizeOnce(
  { rows, hypervisor }: ResizeDependencies,
  target: ResizeTarget,
): Promise<void> {
  const row = await rows.load(target);
  const terms = await rows.termsOf(target.tenantId, target.planId);
  const ref = refOf(row);
  const shape = { plan: terms.providers[hypervisor.name] ?? {}, region: row.region };
  const size = hypervisor.sizeOf(shape.plan, shape.region);
  const resize = operationOf(hypervisor, 'resize');

  const before = await untilInstance(hypervisor, ref, isSettled);
  if (before.size !== size) {
    await resize(ref, shape);
    await untilInstance(hypervisor, ref, watchFor(size));
  }
  const after = await untilInstance(hypervisor, ref, isSettled);
  if (after.state === 'stopped' && row.state !== 'stopped') await hypervisor.start(ref);
  const isAsBefore = ({ state }: ProviderInstance): boolean =>
    state === (row.state === 'stopped' ? 'stopped' : 'running');
  const { address } = await untilInstance(hypervisor, ref, isAsBefore);
  await rows.save(target, address === null ? {} : { address }, { kind: RESIZED, row, occasion: target.key });
}

function isSettled({ state }: ProviderInstance): boolean {
  return state === 'running' || state === 'stopped';
}

/** Until it has the size. One that was busy and is so no longer, at its old size, will not get it. */
function watchFor(size: string): (instance: ProviderInstance) => boolean {
  let wasBusy = false;
  return (instance) => {
    const isBusy = !isSettled(instance);
    if (instance.size === size) return !isBusy;
    if (wasBusy && !isBusy) {
      throw new TenureFailure('refused', 'The provider did not resize the server; it is as it was.', {
        reason: 'resize-given-up',
        nextStep: 'Look at the provider’s own messages about the server.',
      });
    }
    wasBusy ||= isBusy;
    return false;
  };
}
