import { z } from 'zod';
import { CredentialsStatus, CredentialsView } from '../../schemas/api/shop.ts';
import { defineRoute } from '../http/contract.ts';
import { exampleToken } from '../orders/example.ts';

const LinkToken = z.strictObject({ token: z.string() });

export const getCredentialsStatus = defineRoute({
  method: 'get',
  path: '/v1/credentials/{token}',
  operationId: 'getCredentialsStatus',
  tag: 'Credentials',
  summary: 'How a one-time link stands; does not use it up',
  access: 'credentials',
  params: LinkToken,
  paramExamples: { token: exampleToken },
  unknown: 'unknown-link',
  answers: {
    200: {
      description: 'Its state.',
      body: CredentialsStatus,
      example: { state: 'available', hostname: 'linux-s-3b4c5d-1', expiresAt: '2026-03-04T11:00:00.000Z' },
    },
  },
});

export const revealCredentials = defineRoute({
  method: 'post',
  path: '/v1/credentials/{token}/reveal',
  operationId: 'revealCredentials',
  tag: 'Credentials',
  summary: 'Show the credentials, once',
  description: 'A second request is refused, except for a repetition under the same Idempotency-Key.',
  access: 'credentials',
  limited: true,
  idempotent: true,
  params: LinkToken,
  paramExamples: { token: exampleToken },
  unknown: 'unknown-link',
  answers: {
    200: {
      description: 'The credentials. They are not stored anywhere in the open: keep them safe.',
      body: CredentialsView,
      example: {
        hostname: 'linux-s-3b4c5d-1',
        protocol: 'ssh',
        address: '203.0.113.7',
        port: 22,
        username: 'root',
        password: 'correct-horse-battery',
        fingerprint: 'SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDczfmUq8FQ6kFbb5k',
      },
    },
  },
  problems: ['already-opened', 'link-expired', 'link-replaced'],
});
