import type { Router } from 'express';
import type { PageQuery } from '../../schemas/api/common.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { toPage, uuidCursor } from '../http/paging.ts';
import { newRoutes, type Server } from '../http/serve.ts';
import { askForOperation } from './ask.ts';
import * as contract from './contract.ts';
import {
  actorOf,
  findInstance,
  findOperation,
  listOperations,
  listSnapshots,
  loadServer,
  type ServersCaller,
} from './find.ts';
import { operationDetails, operationView, serverView, snapshotView, staffServerView } from './view.ts';

/** The same for staff and, within one order, for whoever has its link. */
export function instancesRouter(server: Server): Router {
  const { deps } = server;
  const { db, hypervisors, secretBox } = deps;
  const { router, on } = newRoutes(server);

  const load = (caller: ServersCaller, id: string) =>
    withTenant(db, caller.tenantId, async (tx) => loadServer(tx, await findInstance(tx, caller, id)));

  const operationsOf = (caller: ServersCaller, id: string, query: PageQuery) =>
    withTenant(db, caller.tenantId, async (tx) => {
      const rows = await listOperations(tx, await findInstance(tx, caller, id), query);
      const page = toPage(rows, query.limit, uuidCursor);
      return { ...page, data: page.data.map(operationView) };
    });

  const snapshotsOf = (caller: ServersCaller, id: string) =>
    withTenant(db, caller.tenantId, async (tx) => {
      const instance = await findInstance(tx, caller, id);
      return { data: (await listSnapshots(tx, [instance.id])).map(snapshotView) };
    });

  const operationOf = (caller: ServersCaller, id: string) =>
    withTenant(db, caller.tenantId, async (tx) => {
      const operation = await findOperation(tx, caller, id);
      return operationDetails(operation, { asker: await actorOf(tx, caller, operation), secretBox });
    });

  on(contract.getInstance)(async ({ caller, params }) => ({
    status: 200,
    body: staffServerView(await load(caller, params.id), hypervisors),
  }));
  on(contract.getOrderInstance)(async ({ caller, params }) => ({
    status: 200,
    body: serverView(await load(caller, params.id), hypervisors, caller.kind),
  }));

  for (const route of [contract.operateInstance, contract.operateOrderInstance] as const) {
    on(route)(async ({ caller, params, body, attempt }) => ({
      status: 202,
      body: await askForOperation(deps, {
        ...{ caller, instanceId: params.id, request: body, operationId: attempt.id },
      }),
    }));
  }
  for (const route of [contract.listInstanceOperations, contract.listOrderInstanceOperations] as const) {
    on(route)(async ({ caller, params, query }) => ({
      status: 200,
      body: await operationsOf(caller, params.id, query),
    }));
  }
  for (const route of [contract.listInstanceSnapshots, contract.listOrderInstanceSnapshots] as const) {
    on(route)(async ({ caller, params }) => ({ status: 200, body: await snapshotsOf(caller, params.id) }));
  }
  for (const route of [contract.getOperation, contract.getOrderOperation] as const) {
    on(route)(async ({ caller, params }) => ({ status: 200, body: await operationOf(caller, params.id) }));
  }

  return router;
}
