import type { Router } from 'express';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import { toPage, uuidCursor } from '../http/paging.ts';
import { newRoutes, type Server } from '../http/serve.ts';
import { changeCustomer } from './change.ts';
import * as contract from './contract.ts';
import { customerView, findCustomer, listCustomers } from './find.ts';

export function customersRouter(server: Server): Router {
  const { db } = server.deps;
  const { router, on } = newRoutes(server);

  on(contract.listCustomers)(async ({ caller, query }) =>
    withTenant(db, caller.tenantId, async (tx) => {
      const page = toPage(await listCustomers(tx, query), query.limit, uuidCursor);
      return { status: 200, body: { ...page, data: page.data.map(customerView) } };
    }),
  );

  on(contract.getCustomer)(async ({ caller, params }) =>
    withTenant(db, caller.tenantId, async (tx) => ({
      status: 200,
      body: customerView(await findCustomer(tx, params.id)),
    })),
  );

  on(contract.changeCustomer)(async ({ caller, params, body, attempt }) =>
    withTenant(db, caller.tenantId, async (tx) => {
      const customer = await findCustomer(tx, params.id, { forChange: true });
      const by = { kind: 'staff', id: toEdgeId('apiKey', caller.keyId) } as const;
      const answer = {
        status: 200,
        body: customerView(await changeCustomer(tx, customer, { change: body, by })),
      } as const;
      await attempt.keep(tx, answer);
      return answer;
    }),
  );

  return router;
}
