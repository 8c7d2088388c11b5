import { PageOf, PageQuery } from '../../schemas/api/common.ts';
import { type AuditEventView as AuditEvent, AuditEventView } from '../../schemas/api/staff.ts';
import { defineRoute } from '../http/contract.ts';

const example: AuditEvent = {
  id: 'aud_019a9f0c5e7b7c3c8a4d0e1f2a3b4c5f',
  at: '2026-03-01T11:00:00.000Z',
  actorKind: 'staff',
  actorId: 'key_019a9f0c5e7b7c3c8a4d0e1f2a3b4c60',
  action: 'subscription.suspend',
  subjectKind: 'subscription',
  subjectId: 'sub_019a9f0c5e7b7c3c8a4d0e1f2a3b4c5d',
  data: { reason: 'Abuse report 4711' },
};

export const listAuditEvents = defineRoute({
  method: 'get',
  path: '/v1/audit-events',
  operationId: 'listAuditEvents',
  tag: 'Staff',
  summary: 'Who did what, newest first',
  access: { scope: 'audit:read' },
  query: PageQuery,
  answers: {
    200: {
      description: 'A page.',
      body: PageOf(AuditEventView),
      example: { data: [example], nextCursor: null },
    },
  },
});
