import { z } from 'zod';
import { EdgeId, PageOf, PageQuery } from '../../schemas/api/common.ts';
import {
  type ApiKeyView as ApiKey,
  ApiKeyView,
  CreateApiKeyBody,
  CreatedApiKey,
} from '../../schemas/api/staff.ts';
import { defineRoute } from '../http/contract.ts';

const example: ApiKey = {
  id: 'key_019a9f0c5e7b7c3c8a4d0e1f2a3b4c60',
  name: 'Support console',
  prefix: 'k3Tq9xLm',
  scopes: ['subscriptions:read'],
  createdAt: '2026-03-01T09:00:00.000Z',
  lastUsedAt: null,
  expiresAt: null,
  revokedAt: null,
};

export const listApiKeys = defineRoute({
  method: 'get',
  path: '/v1/api-keys',
  operationId: 'listApiKeys',
  tag: 'Staff',
  summary: 'API keys, newest first; revoked ones too',
  access: { scope: 'keys:write' },
  query: PageQuery,
  answers: {
    200: { description: 'A page.', body: PageOf(ApiKeyView), example: { data: [example], nextCursor: null } },
  },
});

export const createApiKey = defineRoute({
  method: 'post',
  path: '/v1/api-keys',
  operationId: 'createApiKey',
  tag: 'Staff',
  summary: 'Create an API key',
  description: 'The answer shows the key, once. A key can give only scopes that it has itself.',
  access: { scope: 'keys:write' },
  idempotent: true,
  body: {
    shape: CreateApiKeyBody,
    example: { name: 'Support console', scopes: ['subscriptions:read'] },
  },
  answers: {
    201: {
      description: 'The key, with its secret.',
      body: CreatedApiKey,
      example: { ...example, secret: 'tnr_k3Tq9xLm_…' },
    },
  },
});

export const revokeApiKey = defineRoute({
  method: 'delete',
  path: '/v1/api-keys/{id}',
  operationId: 'revokeApiKey',
  tag: 'Staff',
  summary: 'Revoke an API key, for good',
  access: { scope: 'keys:write' },
  idempotent: true,
  params: z.strictObject({ id: EdgeId('apiKey') }),
  paramExamples: { id: example.id },
  unknown: 'unknown-api-key',
  answers: { 204: { description: 'It is revoked, now or earlier.' } },
});
