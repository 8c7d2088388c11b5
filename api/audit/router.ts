import type { Router } from 'express';
import { LessThan } from 'typeorm';
import type { AuditEventView } from '../../schemas/api/staff.ts';
import { type AuditEvent, AuditEvents } from '../../schemas/db/entities/audit-event.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import { readUuidCursor, toPage, uuidCursor } from '../http/paging.ts';
import { newRoutes, type Server } from '../http/serve.ts';
import { listAuditEvents } from './contract.ts';

export function auditRouter(server: Server): Router {
  const { router, on } = newRoutes(server);

  on(listAuditEvents)(async ({ caller, query }) =>
    withTenant(server.deps.db, caller.tenantId, async (tx) => {
      const below = readUuidCursor(query.cursor);
      const rows = await tx.getRepository(AuditEvents).find({
        where: below === null ? {} : { id: LessThan(below) },
        order: { id: 'DESC' },
        take: query.limit + 1,
      });
      const page = toPage(rows, query.limit, uuidCursor);
      return { status: 200, body: { ...page, data: page.data.map(auditEventView) } };
    }),
  );

  return router;
}

function auditEventView(event: AuditEvent): AuditEventView {
  return {
    id: toEdgeId('auditEvent', event.id),
    at: event.at.toISOString(),
    actorKind: event.actorKind,
    actorId: event.actorId,
    action: event.action,
    subjectKind: event.subjectKind,
    subjectId: event.subjectId,
    data: event.data,
  };
}
