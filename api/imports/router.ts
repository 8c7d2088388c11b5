import type { Router } from 'express';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { ImportDetails, ImportRequest } from '../../schemas/api/imports.ts';
import {
  entrySecretContext,
  ImportEntries,
  type ImportEntryRow,
  Imports,
} from '../../schemas/db/entities/import.ts';
import { appendToOutbox } from '../../schemas/db/outbox.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { writeAudit } from '../../schemas/db/trail.ts';
import { fromEdgeId, toEdgeId } from '../../schemas/ids.ts';
import { BILLED_ELSEWHERE, ENTRY_STATES, type ImportEntry } from '../../schemas/imports/entry.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { StaffCaller } from '../http/caller.ts';
import { ApiProblem } from '../http/problem.ts';
import { newRoutes, type Server } from '../http/serve.ts';
import * as contract from './contract.ts';

export function importsRouter(server: Server): Router {
  const { router, on } = newRoutes(server);
  const { deps } = server;

  on(contract.createImport)(async ({ caller, body, attempt }) => {
    mustOwnAccounts(deps, caller);
    checkBilling(deps, body.entries);
    return withTenant(deps.db, caller.tenantId, async (tx) => {
      // The attempt names the import, so the same Idempotency-Key is the same import.
      const known = await tx.getRepository(Imports).existsBy({ id: attempt.id });
      if (!known) await writeImport(tx, deps, { caller, importId: attempt.id, request: body });
      return { status: 202, body: await load(tx, attempt.id) };
    });
  });

  on(contract.getImport)(async ({ caller, params }) =>
    withTenant(deps.db, caller.tenantId, async (tx) => ({
      status: 200,
      body: await load(tx, fromEdgeId('import', params.id) ?? ''),
    })),
  );

  return router;
}

/** What is at a provider and bears no mark can be anybody's; only whose account it is may say whose. */
function mustOwnAccounts({ tenant }: ApiDependencies, { tenantId }: StaffCaller): void {
  if (tenantId === tenant.id) return;
  throw new ApiProblem('action-not-possible', {
    reason: 'not-your-account',
    detail: 'The accounts at the providers belong to somebody else.',
    nextStep: 'Ask whoever runs this installation to import the servers.',
  });
}

function checkBilling({ payments }: ApiDependencies, entries: ImportEntry[]): void {
  const kinds = [payments.name, BILLED_ELSEWHERE];
  const errors = entries.flatMap(({ billing }, index) =>
    kinds.includes(billing.kind)
      ? []
      : [{ path: `body.entries.${index}.billing.kind`, message: `one of ${kinds.join(', ')}` }],
  );
  if (errors.length > 0) throw new ApiProblem('invalid-request', { errors });
}

async function writeImport(
  tx: EntityManager,
  { secretBox }: ApiDependencies,
  { caller, importId, request }: { caller: StaffCaller; importId: string; request: ImportRequest },
): Promise<void> {
  const { tenantId, keyId } = caller;
  const { dryRun, tellCustomers, entries } = request;
  const askedBy = toEdgeId('apiKey', keyId);
  await tx.getRepository(Imports).insert({ id: importId, tenantId, dryRun, tellCustomers, askedBy });
  await tx.getRepository(ImportEntries).insert(
    entries.map(({ password, ...entry }, position): Partial<ImportEntryRow> => {
      const id = uuidv7();
      return {
        id,
        tenantId,
        importId,
        position,
        provider: entry.provider,
        providerRef: entry.providerRef,
        billingRef: entry.billing.subscription ?? null,
        request: entry,
        secret: password === undefined ? null : secretBox.seal(password, entrySecretContext(id)),
        subscriptionId: uuidv7(),
        instanceId: uuidv7(),
      };
    }),
  );
  await writeAudit(tx, {
    tenantId,
    by: { kind: 'staff', id: askedBy },
    action: dryRun ? 'import.checked' : 'import.started',
    subject: { kind: 'import', id: toEdgeId('import', importId) },
    data: { entries: entries.length, tellCustomers },
  });
  await appendToOutbox(tx, { tenantId, kind: 'import-requested', subjectId: importId, payload: {} });
}

/** @throws ApiProblem `unknown-import` */
async function load(tx: EntityManager, id: string): Promise<ImportDetails> {
  const found = await tx.getRepository(Imports).findOneBy({ id });
  if (!found) throw new ApiProblem('unknown-import');
  const entries = await tx
    .getRepository(ImportEntries)
    .find({ where: { importId: id }, order: { position: 'ASC' } });
  const { state, dryRun, failure, createdAt, finishedAt } = found;
  const count = (wanted: string): number => entries.filter((entry) => entry.state === wanted).length;
  return {
    id: toEdgeId('import', id),
    state,
    dryRun,
    failure,
    counts: Object.fromEntries(ENTRY_STATES.map((name) => [name, count(name)])) as ImportDetails['counts'],
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    entries: entries.map(entryView),
  };
}

function entryView(entry: ImportEntryRow): ImportDetails['entries'][number] {
  const { position, provider, providerRef, state, problems, differences, credentials } = entry;
  const isSomebodys = state === 'imported' || state === 'unchanged';
  return {
    ...{ position, provider, providerRef, state, problems, differences, credentials },
    subscriptionId: isSomebodys ? toEdgeId('subscription', entry.subscriptionId) : null,
  };
}
