import type { SubscriptionView } from '../../schemas/api/staff.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { ApiProblem } from '../http/problem.ts';
import { findSubscription, withFacts } from './find.ts';
import { subscriptionView } from './view.ts';

/** A subscription as staff see it, read afresh. @throws ApiProblem `unknown-subscription` */
export async function loadSubscription(
  deps: Pick<ApiDependencies, 'db' | 'config'>,
  tenantId: string,
  edgeId: string,
): Promise<SubscriptionView> {
  return withTenant(deps.db, tenantId, async (tx) => {
    const [facts] = await withFacts(tx, [await findSubscription(tx, edgeId)]);
    if (!facts) throw new ApiProblem('unknown-subscription');
    return subscriptionView(facts, deps.config);
  });
}
