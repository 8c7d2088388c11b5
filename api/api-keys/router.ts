import type { Router } from 'express';
import { LessThan } from 'typeorm';
import type { ApiKeyView, Scope } from '../../schemas/api/staff.ts';
import { createApiKey, readApiKey } from '../../schemas/crypto/api-keys.ts';
import { type ApiKey, ApiKeys } from '../../schemas/db/entities/api-key.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { writeAudit } from '../../schemas/db/trail.ts';
import { fromEdgeId, toEdgeId } from '../../schemas/ids.ts';
import type { Actor } from '../../schemas/subscriptions/lifecycle.ts';
import type { StaffCaller } from '../http/caller.ts';
import { readUuidCursor, toPage, uuidCursor } from '../http/paging.ts';
import { ApiProblem } from '../http/problem.ts';
import { newRoutes, type Server } from '../http/serve.ts';
import * as contract from './contract.ts';

export function apiKeysRouter(server: Server): Router {
  const { db } = server.deps;
  const { router, on } = newRoutes(server);

  on(contract.listApiKeys)(async ({ caller, query }) =>
    withTenant(db, caller.tenantId, async (tx) => {
      const below = readUuidCursor(query.cursor);
      const rows = await tx.getRepository(ApiKeys).find({
        where: below === null ? {} : { id: LessThan(below) },
        order: { id: 'DESC' },
        take: query.limit + 1,
      });
      const page = toPage(rows, query.limit, uuidCursor);
      return { status: 200, body: { ...page, data: page.data.map(apiKeyView) } };
    }),
  );

  on(contract.createApiKey)(async ({ caller, body, attempt }) => {
    mustHoldAll(caller, body.scopes);
    const secret = createApiKey();
    const { prefix = '', hash = '' } = readApiKey(secret) ?? {};
    const { tenantId } = caller;
    return withTenant(db, tenantId, async (tx) => {
      const keys = tx.getRepository(ApiKeys);
      const { name, expiresAt } = body;
      const scopes = [...new Set(body.scopes)];
      await keys.insert({
        id: attempt.id,
        tenantId,
        name,
        prefix,
        hash,
        scopes,
        expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
      });
      const id = toEdgeId('apiKey', attempt.id);
      await writeAudit(tx, {
        tenantId,
        by: actor(caller),
        action: 'api-key.created',
        subject: { kind: 'api-key', id },
        data: { name, scopes },
      });
      const key = await keys.findOneByOrFail({ id: attempt.id });
      const answer = { status: 201, body: { ...apiKeyView(key), secret } } as const;
      await attempt.keep(tx, answer);
      return answer;
    });
  });

  on(contract.revokeApiKey)(async ({ caller, params }) =>
    withTenant(db, caller.tenantId, async (tx) => {
      const keys = tx.getRepository(ApiKeys);
      const id = fromEdgeId('apiKey', params.id);
      const key = id === null ? null : await keys.findOneBy({ id });
      if (!key) throw new ApiProblem('unknown-api-key');
      if (key.revokedAt === null) {
        await keys.update({ id: key.id }, { revokedAt: new Date() });
        await writeAudit(tx, {
          tenantId: caller.tenantId,
          by: actor(caller),
          action: 'api-key.revoked',
          subject: { kind: 'api-key', id: params.id },
          data: { name: key.name },
        });
      }
      return { status: 204 };
    }),
  );

  return router;
}

/** Nobody gives more than they have. @throws ApiProblem `scope-missing` */
function mustHoldAll(caller: StaffCaller, scopes: Scope[]): void {
  const lacking = scopes.filter((scope) => !caller.scopes.includes(scope));
  if (lacking.length === 0) return;
  throw new ApiProblem('scope-missing', { detail: `This key does not have ${lacking.join(', ')} to give.` });
}

function actor({ keyId }: StaffCaller): Actor {
  return { kind: 'staff', id: toEdgeId('apiKey', keyId) };
}

function apiKeyView(key: ApiKey): ApiKeyView {
  return {
    id: toEdgeId('apiKey', key.id),
    name: key.name,
    prefix: key.prefix,
    scopes: key.scopes,
    createdAt: key.createdAt.toISOString(),
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    expiresAt: key.expiresAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
  };
}
