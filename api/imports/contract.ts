import { z } from 'zod';
import { EdgeId } from '../../schemas/api/common.ts';
import { ImportDetails, ImportRequest } from '../../schemas/api/imports.ts';
import { defineRoute } from '../http/contract.ts';

const LARGEST_BATCH_BYTES = 1024 * 1024;

const id = 'imp_019a9f0c5e7b7c3c8a4d0e1f2a3b4c62';

const example: ImportDetails = {
  id,
  state: 'done',
  dryRun: true,
  failure: null,
  counts: { waiting: 0, ready: 1, refused: 0, unchanged: 0, imported: 0 },
  createdAt: '2026-03-02T11:00:00.000Z',
  finishedAt: '2026-03-02T11:00:04.000Z',
  entries: [
    {
      position: 0,
      provider: 'cloud-a',
      providerRef: 'cb676a46-66fd-4dfb-b839-443f2e6c0b60',
      state: 'ready',
      problems: [],
      differences: [{ what: 'size', expected: 'vc2-1c-1gb', seen: 'vc2-1c-2gb' }],
      credentials: 'work',
      subscriptionId: null,
    },
  ],
};

export const createImport = defineRoute({
  method: 'post',
  path: '/v1/imports',
  operationId: 'createImport',
  tag: 'Fleet',
  summary: 'Take over servers that run already, as they are',
  description:
    'Each entry is looked at where it runs and where it is billed; with `dryRun` that is all. Then customer, subscription and instance are ' +
    'written for each one that nothing stands against. Nothing is made, changed or deleted at a provider. The same servers again change nothing.',
  access: { scope: 'fleet:write' },
  idempotent: true,
  body: {
    shape: ImportRequest,
    limitBytes: LARGEST_BATCH_BYTES,
    example: {
      dryRun: true,
      entries: [
        {
          provider: 'cloud-a',
          providerRef: 'cb676a46-66fd-4dfb-b839-443f2e6c0b60',
          customer: { email: 'ada@example.com', name: 'Ada Example', language: 'en' },
          planKey: 'linux-s',
          interval: 'month',
          currency: 'eur',
          billing: { kind: 'none' },
          paidUntil: '2026-04-01T00:00:00Z',
          protocol: 'ssh',
          username: 'root',
        },
      ],
    },
  },
  answers: {
    202: {
      description: 'It begins; GET /v1/imports/{id} tells how far it is.',
      body: ImportDetails,
      example: { ...example, state: 'waiting', finishedAt: null },
    },
  },
  problems: ['action-not-possible'],
});

export const getImport = defineRoute({
  method: 'get',
  path: '/v1/imports/{id}',
  operationId: 'getImport',
  tag: 'Fleet',
  summary: 'How far an import is, and what came of each entry',
  access: { scope: 'fleet:read' },
  params: z.strictObject({ id: EdgeId('import') }),
  paramExamples: { id },
  unknown: 'unknown-import',
  answers: { 200: { description: 'The import.', body: ImportDetails, example } },
});
