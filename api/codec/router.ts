import type { Router } from 'express';
import type { Payload, PayloadCodec } from '@temporalio/common';
import type { z } from 'zod';
import { createPayloadCodec } from '../../schemas/crypto/payload-codec.ts';
import { staffByKey } from '../http/caller.ts';
import { ApiProblem } from '../http/problem.ts';
import { newRoutes, SENT, type Server } from '../http/serve.ts';
import { type CodecPayloads, decodePayloads, encodePayloads, openSession, signInPage } from './contract.ts';
import { SIGN_IN_PAGE, signedInPage } from './pages.ts';
import { openCodecSession } from './session.ts';

type WirePayload = z.infer<typeof CodecPayloads>['payloads'][number];

const SCOPE = 'codec:decode';

export function codecRouter(server: Server): Router {
  const { config, secretBox } = server.deps;
  const codec = createPayloadCodec(secretBox);
  const secure = new URL(config.PUBLIC_URL).protocol === 'https:';
  const { router, on } = newRoutes(server);

  on(decodePayloads)(async ({ body }) => ({
    status: 200,
    body: { payloads: await Promise.all(body.payloads.map((payload) => decodeOrKeep(codec, payload))) },
  }));

  on(encodePayloads)(async ({ body }) => ({
    status: 200,
    body: { payloads: (await codec.encode(body.payloads.map(fromWire))).map(toWire) },
  }));

  on(openSession)(async ({ body, req, res }) => {
    const { prefix, scopes } = await staffByKey(server.deps, body.apiKey);
    if (!scopes.includes(SCOPE)) {
      throw new ApiProblem('scope-missing', { detail: `The scope ${SCOPE} is needed.` });
    }
    const { cookie, expiresAt } = openCodecSession(secretBox, prefix, secure);
    res.set('Set-Cookie', cookie).set('Cache-Control', 'no-store');
    if (req.is('application/x-www-form-urlencoded') === false) {
      return { status: 200, body: { expiresAt: expiresAt.toISOString() } };
    }
    res.type('text/html').send(signedInPage(config.TEMPORAL_UI_URL));
    return SENT;
  });

  on(signInPage)(async () => ({ status: 200, body: SIGN_IN_PAGE }));

  return router;
}

/** One payload that cannot be read must not hide the others. */
async function decodeOrKeep(codec: PayloadCodec, wire: WirePayload): Promise<WirePayload> {
  try {
    const [decoded] = await codec.decode([fromWire(wire)]);
    return decoded ? toWire(decoded) : wire;
  } catch {
    return wire;
  }
}

function fromWire({ metadata, data }: WirePayload): Payload {
  return {
    metadata: mapValues(metadata ?? {}, (value) => Buffer.from(value, 'base64')),
    data: Buffer.from(data ?? '', 'base64'),
  };
}

function toWire({ metadata, data }: Payload): WirePayload {
  return {
    metadata: mapValues(metadata ?? {}, (value) => Buffer.from(value).toString('base64')),
    data: Buffer.from(data ?? []).toString('base64'),
  };
}

function mapValues<A, B>(record: Record<string, A>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
