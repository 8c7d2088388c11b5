import { z } from 'zod';
import { Instant } from '../../schemas/api/common.ts';
import { defineRoute } from '../http/contract.ts';

/** Histories hold large payloads, and the Temporal UI sends a page of them at once. */
const LIMIT_BYTES = 16 * 1024 * 1024;

/** As zod checks it; the document needs it in words that tools understand. */
const base64 = z.base64().meta({ pattern: '^([0-9A-Za-z+/]{4})*([0-9A-Za-z+/]{2}==|[0-9A-Za-z+/]{3}=)?$' });

export const CodecPayloads = z.object({
  payloads: z.array(
    z.object({
      metadata: z.record(z.string(), base64).optional(),
      data: base64.optional(),
    }),
  ),
});

const encoded = {
  payloads: [
    { metadata: { encoding: 'YmluYXJ5L2VuY3J5cHRlZA==', 'encryption-key-id': 'azE=' }, data: 'AAEC' },
  ],
};
const decoded = { payloads: [{ metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'eyJhIjoxfQ==' }] };

const common = {
  method: 'post',
  tag: 'Codec',
  access: { scope: 'codec:decode', cookie: true },
} as const;

export const decodePayloads = defineRoute({
  ...common,
  path: '/v1/codec/decode',
  operationId: 'decodePayloads',
  summary: 'Decrypt payloads, for the Temporal UI and CLI',
  description:
    'Temporal’s remote codec protocol. Payloads that are not encrypted, or cannot be decrypted with the keys configured here, come back unchanged.',
  body: { shape: CodecPayloads, example: encoded, limitBytes: LIMIT_BYTES, passing: true },
  answers: {
    200: { description: 'The payloads, in the same order.', body: CodecPayloads, example: decoded },
  },
});

export const encodePayloads = defineRoute({
  ...common,
  path: '/v1/codec/encode',
  operationId: 'encodePayloads',
  summary: 'Encrypt payloads, for the Temporal UI and CLI',
  description: 'Temporal’s remote codec protocol.',
  body: { shape: CodecPayloads, example: decoded, limitBytes: LIMIT_BYTES, passing: true },
  answers: {
    200: { description: 'The payloads, in the same order.', body: CodecPayloads, example: encoded },
  },
});

export const openSession = defineRoute({
  method: 'post',
  path: '/v1/codec/session',
  operationId: 'openCodecSession',
  tag: 'Codec',
  summary: 'Sign in to the codec with an API key',
  description:
    'Sets a cookie for 8 hours that only the codec accepts. A form (as on the sign-in page) is answered with a page.',
  access: 'public',
  limited: true,
  body: {
    shape: z.strictObject({ apiKey: z.string().trim().min(1).max(300) }),
    example: { apiKey: 'tnr_k3Tq9xLm_…' },
    mediaTypes: ['application/json', 'application/x-www-form-urlencoded'],
  },
  answers: {
    200: {
      description: 'Signed in.',
      body: z.object({ expiresAt: Instant }),
      example: { expiresAt: '2026-03-01T19:00:00.000Z' },
      alsoText: 'text/html',
    },
  },
  problems: ['api-key-invalid', 'api-key-expired', 'api-key-revoked', 'scope-missing'],
});

export const signInPage = defineRoute({
  method: 'get',
  path: '/v1/codec/sign-in',
  operationId: 'codecSignInPage',
  tag: 'Codec',
  summary: 'A page to sign in to the codec',
  access: 'public',
  offline: true,
  answers: { 200: { description: 'The page.', text: 'text/html', example: '<!doctype html>…' } },
});
