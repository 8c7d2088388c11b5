/** How the payment stands, as far as the story knows. */
import type { BillingView } from '../../activities/payments/billing.ts';
import { payments } from '../activities.ts';
import type { Life, SubscriptionState } from './state.ts';
import { fulfil, SYSTEM } from './steps.ts';

/** Takes over what the payment provider said, unless a newer message has arrived meanwhile. */
export function noteBilling(state: SubscriptionState, { standing, version, periodEnd }: BillingView): void {
  if (version < state.billing.version) return;
  state.billing = { standing, version, periodEnd };
}

/** Asks the payment provider how it stands, instead of trusting that its event arrived. `false`: a person is needed. */
export async function lookAtBilling(life: Life): Promise<boolean> {
  const { input, state } = life;
  const { tenantId, subscriptionId } = input;
  state.requests.look ??= { by: SYSTEM };
  return fulfil(life, 'look', 'billing-failed', async () =>
    noteBilling(state, await payments.refreshBilling({ tenantId, subscriptionId })),
  );
}
