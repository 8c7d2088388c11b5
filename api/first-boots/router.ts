import type { Router } from 'express';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { newRoutes, type Server } from '../http/serve.ts';
import { reportFirstBoot } from './contract.ts';
import { takeReport } from './report.ts';

export function firstBootsRouter(server: Server): Router {
  const { db, secretBox } = server.deps;
  const { router, on } = newRoutes(server);

  on(reportFirstBoot)(async ({ caller, body }) => {
    await withTenant(db, caller.tenantId, (tx) => takeReport(tx, caller.firstBootId, body, secretBox));
    return { status: 204 };
  });

  return router;
}
