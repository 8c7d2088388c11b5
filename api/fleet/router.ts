import type { Router } from 'express';
import type { EntityManager } from 'typeorm';
import type { FindingListQuery, ProviderView } from '../../schemas/api/fleet.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { writeAudit } from '../../schemas/db/trail.ts';
import { REMOVABLE_KINDS } from '../../schemas/fleet/findings.ts';
import { fromEdgeId, toEdgeId } from '../../schemas/ids.ts';
import type { StaffCaller } from '../http/caller.ts';
import { readUuidCursor, toPage, uuidCursor } from '../http/paging.ts';
import { ApiProblem } from '../http/problem.ts';
import { newRoutes, type Server } from '../http/serve.ts';
import * as contract from './contract.ts';
import { readProviders, setDraining } from './providers.ts';
import { FINDING_COLUMNS, findingView, type FindingRow } from './view.ts';

export function fleetRouter(server: Server): Router {
  const { router, on } = newRoutes(server);
  const { db, hypervisors, config } = server.deps;

  on(contract.listProviders)(async ({ caller }) =>
    withTenant(db, caller.tenantId, async (tx) => ({
      status: 200,
      body: { data: await readProviders(tx, [...hypervisors.keys()], config.CAPACITY_TREND_DAYS) },
    })),
  );

  const drain = async (caller: StaffCaller, name: string, draining: boolean): Promise<ProviderView> => {
    if (!hypervisors.has(name)) throw new ApiProblem('unknown-provider');
    return withTenant(db, caller.tenantId, async (tx) => {
      await setDraining(tx, caller, name, draining);
      const [view] = await readProviders(tx, [name], config.CAPACITY_TREND_DAYS);
      if (!view) throw new ApiProblem('unknown-provider');
      return view;
    });
  };
  on(contract.drainProvider)(async ({ caller, params }) => ({
    status: 200,
    body: await drain(caller, params.name, true),
  }));
  on(contract.undrainProvider)(async ({ caller, params }) => ({
    status: 200,
    body: await drain(caller, params.name, false),
  }));

  on(contract.listFindings)(async ({ caller, query }) =>
    withTenant(db, caller.tenantId, async (tx) => {
      const page = toPage(await listFindings(tx, query), query.limit, uuidCursor);
      return { status: 200, body: { ...page, data: page.data.map(findingView) } };
    }),
  );

  on(contract.ignoreFinding)(async ({ caller, params }) =>
    withTenant(db, caller.tenantId, async (tx) => {
      const finding = await findOpen(tx, params.id);
      await tx.query(
        `update findings set state = 'ignored', closed_at = now(), detail = 'Ignored by staff.' where id = $1`,
        [finding.id],
      );
      await onRecord(tx, caller, 'finding.ignored', finding);
      return { status: 200, body: findingView(await findOne(tx, params.id)) };
    }),
  );

  on(contract.removeFinding)(async ({ caller, params }) =>
    withTenant(db, caller.tenantId, async (tx) => {
      const finding = await findOpen(tx, params.id);
      if (!REMOVABLE_KINDS.includes(finding.kind)) {
        throw new ApiProblem('action-not-possible', {
          reason: 'not-removable',
          detail: `A finding of the kind "${finding.kind}" has nothing that could be removed.`,
          nextStep: 'Mend its cause, or ignore it.',
        });
      }
      const askedBy = toEdgeId('apiKey', caller.keyId);
      await tx.query('update findings set removal_asked_by = $2 where id = $1', [finding.id, askedBy]);
      await onRecord(tx, caller, 'finding.removal-asked', finding);
      return { status: 200, body: findingView(await findOne(tx, params.id)) };
    }),
  );

  return router;
}

async function listFindings(
  tx: EntityManager,
  { limit, cursor, provider, kind, state }: FindingListQuery,
): Promise<FindingRow[]> {
  return tx.query(
    `${FINDING_COLUMNS} where ($1::uuid is null or f.id < $1) and ($2::text is null or f.provider = $2)
       and ($3::text is null or f.kind = $3) and ($4::text is null or f.state = $4) order by f.id desc limit $5`,
    [readUuidCursor(cursor), provider ?? null, kind ?? null, state ?? null, limit + 1],
  );
}

/** @throws ApiProblem `unknown-finding` */
async function findOne(tx: EntityManager, edgeId: string): Promise<FindingRow> {
  const rows: FindingRow[] = await tx.query(`${FINDING_COLUMNS} where f.id = $1`, [
    fromEdgeId('finding', edgeId),
  ]);
  const [row] = rows;
  if (!row) throw new ApiProblem('unknown-finding');
  return row;
}

/** One that something can still be decided about. @throws ApiProblem `unknown-finding`, `action-not-possible` */
async function findOpen(tx: EntityManager, edgeId: string): Promise<FindingRow> {
  await tx.query('select 1 from findings where id = $1 for update', [fromEdgeId('finding', edgeId)]);
  const row = await findOne(tx, edgeId);
  if (row.state === 'open') return row;
  throw new ApiProblem('action-not-possible', {
    reason: 'finding-closed',
    detail: `The finding is ${row.state} already.`,
    nextStep: 'Nothing is left to do.',
  });
}

async function onRecord(
  tx: EntityManager,
  { tenantId, keyId }: StaffCaller,
  action: string,
  { id, provider, kind, ref }: FindingRow,
): Promise<void> {
  await writeAudit(tx, {
    tenantId,
    by: { kind: 'staff', id: toEdgeId('apiKey', keyId) },
    action,
    subject: { kind: 'finding', id: toEdgeId('finding', id) },
    data: { provider, kind, ref },
  });
}
