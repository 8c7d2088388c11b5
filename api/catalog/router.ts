import type { Router } from 'express';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { newRoutes, type Server } from '../http/serve.ts';
import { getCatalog } from './contract.ts';
import { plansOnSale, toShopPlan } from './offers.ts';

export function catalogRouter(server: Server): Router {
  const { db, hypervisors, tenant } = server.deps;
  const { router, on } = newRoutes(server);

  on(getCatalog)(async ({ caller }) => {
    const plans = await withTenant(db, caller.tenantId, plansOnSale);
    const sold = plans.map((plan) => toShopPlan(plan, hypervisors)).filter((plan) => plan !== null);
    return { status: 200, body: { shopName: tenant.name, plans: sold } };
  });

  return router;
}
