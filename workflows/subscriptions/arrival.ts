/** The beginning of a life that began elsewhere: its servers run, and are taken over as they are. */
import type { ImportedLife } from '../../schemas/subscriptions/lifecycle.ts';
import type { Life, SubscriptionState } from './state.ts';
import { record, tell } from './steps.ts';

/** From a fresh state: in the middle of life, with nothing to be paid first and nothing to be made. */
export function arrivedState(
  fresh: SubscriptionState,
  { instances, billing, cancelAtPeriodEnd }: ImportedLife,
): SubscriptionState {
  return {
    ...fresh,
    stage: 'active',
    // The import wrote the same with the facts.
    summary: 'Running; taken over as it was.',
    dueAt: cancelAtPeriodEnd ? billing.periodEnd : null,
    billing,
    generation: 1,
    instances,
    cancelAtPeriodEnd,
    arriving: true,
  };
}

/** Says that it is here. The customer hears of it only if that was asked for. */
export async function arrive(life: Life): Promise<void> {
  const { input, state } = life;
  state.arriving = false;
  await record(life);
  if (input.imported?.tellCustomer) void tell(life, 'server-imported');
}
