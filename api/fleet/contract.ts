import { z } from 'zod';
import { EdgeId, PageOf } from '../../schemas/api/common.ts';
import {
  FindingListQuery,
  FindingView,
  type FindingView as Finding,
  ProviderView,
  type ProviderView as Provider,
} from '../../schemas/api/fleet.ts';
import { EmptyBody } from '../../schemas/api/staff.ts';
import { defineRoute } from '../http/contract.ts';

const exampleFinding: Finding = {
  id: 'fnd_019a9f0c5e7b7c3c8a4d0e1f2a3b4c61',
  provider: 'cloud-a',
  kind: 'unknown',
  state: 'open',
  ref: 'cb676a46-66fd-4dfb-b839-443f2e6c0b60',
  key: 'sub_019a9f0c5e7b7c3c8a4d0e1f2a3b4c5d-1-g1',
  instanceId: null,
  subscriptionId: null,
  expected: null,
  seen: 'running, vps-3f9c1a-1, 203.0.113.7, fra',
  detail: 'It would be removed now; removal is switched off.',
  sightings: 97,
  removalAsked: false,
  firstSeenAt: '2026-03-01T11:00:00.000Z',
  lastSeenAt: '2026-03-02T11:00:00.000Z',
  closedAt: null,
};

const exampleProvider: Provider = {
  name: 'cloud-a',
  draining: false,
  breaker: 'closed',
  breakerChangedAt: null,
  instances: 214,
  lastPass: {
    startedAt: '2026-03-02T11:00:00.000Z',
    finishedAt: '2026-03-02T11:00:09.000Z',
    failure: null,
    instances: 214,
    snapshots: 12,
    braked: false,
  },
  openFindings: { unknown: 1 },
  capacity: [
    {
      part: '',
      measure: 'instances',
      at: '2026-03-02T11:00:08.000Z',
      open: true,
      used: 214,
      total: 250,
      usedPercent: 85.6,
      growthPerDay: 2.5,
      daysLeft: 14.4,
    },
  ],
};

export const listProviders = defineRoute({
  method: 'get',
  path: '/v1/providers',
  operationId: 'listProviders',
  tag: 'Fleet',
  summary:
    'The configured providers: whether they take new instances, the last comparison, open findings, capacity',
  access: { scope: 'fleet:read' },
  answers: {
    200: {
      description: 'All of them.',
      body: z.object({ data: z.array(ProviderView) }),
      example: { data: [exampleProvider] },
    },
  },
});

const switching = {
  method: 'post',
  tag: 'Fleet',
  access: { scope: 'fleet:write' },
  idempotent: true,
  params: z.strictObject({ name: z.string().max(100) }),
  paramExamples: { name: exampleProvider.name },
  unknown: 'unknown-provider',
  body: { shape: EmptyBody, example: {}, optional: true },
} as const;

export const drainProvider = defineRoute({
  ...switching,
  path: '/v1/providers/{name}/drain',
  operationId: 'drainProvider',
  summary: 'Place no new instances there; those that it has stay',
  answers: {
    200: { description: 'It drains.', body: ProviderView, example: { ...exampleProvider, draining: true } },
  },
});

export const undrainProvider = defineRoute({
  ...switching,
  path: '/v1/providers/{name}/undrain',
  operationId: 'undrainProvider',
  summary: 'Place new instances there again',
  answers: { 200: { description: 'It takes new ones.', body: ProviderView, example: exampleProvider } },
});

export const listFindings = defineRoute({
  method: 'get',
  path: '/v1/findings',
  operationId: 'listFindings',
  tag: 'Fleet',
  summary: 'What does not fit between the providers and the database, newest first',
  access: { scope: 'fleet:read' },
  query: FindingListQuery,
  answers: {
    200: {
      description: 'A page.',
      body: PageOf(FindingView),
      example: { data: [exampleFinding], nextCursor: null },
    },
  },
});

const decision = {
  method: 'post',
  tag: 'Fleet',
  access: { scope: 'fleet:write' },
  idempotent: true,
  params: z.strictObject({ id: EdgeId('finding') }),
  paramExamples: { id: exampleFinding.id },
  unknown: 'unknown-finding',
  body: { shape: EmptyBody, example: {}, optional: true },
  problems: ['action-not-possible'],
} as const;

export const ignoreFinding = defineRoute({
  ...decision,
  path: '/v1/findings/{id}/ignore',
  operationId: 'ignoreFinding',
  summary: 'Leave it as it is, for ever: it is not reported again and nothing is removed',
  answers: {
    200: {
      description: 'The finding.',
      body: FindingView,
      example: { ...exampleFinding, state: 'ignored', closedAt: '2026-03-02T11:05:00.000Z' },
    },
  },
});

export const removeFinding = defineRoute({
  ...decision,
  path: '/v1/findings/{id}/remove',
  operationId: 'removeFinding',
  summary: 'Remove the resource in the next pass, also while removal is switched off',
  description:
    'Only for `unknown` and `leftover`. Right before, it is looked at once more: what belongs to an instance by then is kept. A last snapshot is taken where the provider can.',
  answers: {
    200: {
      description: 'Noted; the next pass removes it.',
      body: FindingView,
      example: { ...exampleFinding, removalAsked: true },
    },
  },
});
