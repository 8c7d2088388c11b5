import { z } from 'zod';
import { defineRoute } from '../http/contract.ts';

const Reachable = z.enum(['ok', 'unreachable']);
const Readiness = z.object({
  ready: z.boolean(),
  checks: z.object({ database: Reachable, gateway: Reachable, temporal: Reachable }),
});

export const healthz = defineRoute({
  method: 'get',
  path: '/healthz',
  operationId: 'healthz',
  tag: 'Operation',
  summary: 'The process runs',
  access: 'public',
  offline: true,
  answers: {
    200: {
      description: 'It does.',
      body: z.object({ status: z.literal('ok') }),
      example: { status: 'ok' },
    },
  },
});

export const readyz = defineRoute({
  method: 'get',
  path: '/readyz',
  operationId: 'readyz',
  tag: 'Operation',
  summary: 'What the process needs is there',
  description:
    'Ready means that work can be accepted: both database roles answer. Temporal is reported but not required, because without it work is ' +
    'accepted and kept.',
  access: 'public',
  offline: true,
  answers: {
    200: {
      description: 'Ready.',
      body: Readiness,
      example: { ready: true, checks: { database: 'ok', gateway: 'ok', temporal: 'ok' } },
    },
    503: {
      description: 'Not ready.',
      body: Readiness,
      example: { ready: false, checks: { database: 'unreachable', gateway: 'ok', temporal: 'ok' } },
    },
  },
});

export const metrics = defineRoute({
  method: 'get',
  path: '/metrics',
  operationId: 'metrics',
  tag: 'Operation',
  summary: 'Metrics in Prometheus’s text format',
  access: 'public',
  offline: true,
  answers: {
    200: { description: 'The metrics.', text: 'text/plain', example: 'tenure_outbox_waiting 0\n' },
  },
});
