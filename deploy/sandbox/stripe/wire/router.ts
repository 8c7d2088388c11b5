import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express';
import { unixNow } from '../objects/common.ts';
import type { SavedAnswer } from '../world/state.ts';
import type { Tx } from '../world/tx.ts';
import type { World } from '../world/world.ts';
import type { Endpoint } from './endpoint.ts';
import { ApiError, invalidRequest } from './errors.ts';
import { decodeForm, type FormObject } from './form.ts';
import { identify, type AccessOptions } from './access.ts';

export interface WireOptions extends AccessOptions {
  world: World;
  /** How long every request takes before it does anything. */
  latencyMs: number;
}

interface Answer {
  status: number;
  body: unknown;
  /** The request that was answered first, if this is a repetition. */
  replayOf?: string;
}

const FORM = 'application/x-www-form-urlencoded';
const MAX_KEY_LENGTH = 255;

/** Serves endpoints the way Stripe's API does: keys, versions, forms, idempotency, errors. Mount at `/v1`. */
export function wireRouter(endpoints: Endpoint[], options: WireOptions): Router {
  const router = express.Router();
  /** Idempotency keys of requests that are under way. */
  const running = new Set<string>();
  router.use(identify(options), express.text({ type: () => true, limit: '1mb' }));
  for (const endpoint of endpoints) {
    router[endpoint.method](endpoint.path, async (req, res) => {
      const key = endpoint.method === 'post' ? idempotencyKey(req, res) : null;
      if (key !== null && running.has(key)) throw inUse();
      if (key !== null) running.add(key);
      try {
        await sleep(options.latencyMs);
        send(res, serve(options.world, endpoint, req, res, key));
      } finally {
        if (key !== null) running.delete(key);
      }
    });
  }
  router.use((req) => {
    const path = req.originalUrl.split('?')[0] ?? '';
    throw new ApiError(404, {
      type: 'invalid_request_error',
      message: `Unrecognized request URL (${req.method}: ${path}).`,
    });
  });
  router.use(answerErrors);
  return router;
}

function serve(world: World, endpoint: Endpoint, req: Request, res: Response, key: string | null): Answer {
  const raw = readForm(req);
  const requestId = String(res.getHeader('request-id'));
  const version = String(res.getHeader('stripe-version'));
  const id = String(req.params['id'] ?? '');
  const caller = { requestId, idempotencyKey: key };
  const address = `${req.method} ${req.baseUrl}${req.path}`;
  try {
    return world.transact(caller, (tx) => {
      const run = (): Answer => ({ status: 200, body: endpoint.answer(raw, { tx, id, version }) });
      return key === null ? run() : once(tx, key, address, raw, run);
    });
  } catch (error) {
    // The bank was asked: its no is the key's answer, even where nothing else is kept of it.
    if (key !== null && error instanceof ApiError && error.status === 402 && !error.keepsEffects)
      world.transact(caller, (tx) => save(tx, key, address, raw, errorAnswer(error)));
    throw error;
  }
}

/** Runs a request, or gives the answer that its key got before. @throws ApiError 400 if the key meant something else. */
function once(tx: Tx, key: string, endpoint: string, raw: FormObject, run: () => Answer): Answer {
  const before = tx.get('answers', key);
  if (before) return replay(before, key, endpoint, hashOf(raw));
  try {
    const answer = run();
    save(tx, key, endpoint, raw, answer);
    return answer;
  } catch (error) {
    if (error instanceof ApiError && error.keepsEffects) save(tx, key, endpoint, raw, errorAnswer(error));
    throw error;
  }
}

function save(tx: Tx, key: string, endpoint: string, raw: FormObject, { status, body }: Answer): void {
  const requestId = tx.caller.requestId ?? '';
  tx.put('answers', key, { endpoint, paramsHash: hashOf(raw), status, body, requestId, at: unixNow() });
}

function hashOf(raw: FormObject): string {
  return createHash('sha256').update(JSON.stringify(raw)).digest('hex');
}

function errorAnswer({ status, fields }: ApiError): Answer {
  return { status, body: { error: fields } };
}

function replay(before: Readonly<SavedAnswer>, key: string, endpoint: string, paramsHash: string): Answer {
  if (before.endpoint !== endpoint || before.paramsHash !== paramsHash) {
    const sameUse = before.endpoint === endpoint ? 'the same parameters' : 'the same endpoint';
    throw new ApiError(400, {
      type: 'idempotency_error',
      message: `Keys for idempotent requests can only be used with ${sameUse} they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
    });
  }
  return { status: before.status, body: before.body, replayOf: before.requestId };
}

function send(res: Response, { status, body, replayOf }: Answer): void {
  if (replayOf !== undefined) res.set({ 'idempotent-replayed': 'true', 'original-request': replayOf });
  res.status(status).json(body);
}

function readForm(req: Request): FormObject {
  const query = req.originalUrl.split('?')[1] ?? '';
  const body = typeof req.body === 'string' ? req.body : '';
  if (body !== '' && !req.is(FORM)) {
    throw invalidRequest(`Invalid request (check that your POST content type is ${FORM}).`);
  }
  return decodeForm([query, body].filter((part) => part !== '').join('&'));
}

function idempotencyKey(req: Request, res: Response): string | null {
  const key = req.get('idempotency-key') ?? null;
  if (key !== null && (key === '' || key.length > MAX_KEY_LENGTH)) {
    throw invalidRequest(`Idempotency keys must have 1 to ${MAX_KEY_LENGTH} characters.`);
  }
  if (key !== null) res.set('idempotency-key', key);
  return key;
}

function inUse(): ApiError {
  return new ApiError(409, {
    type: 'invalid_request_error',
    code: 'idempotency_key_in_use',
    message:
      'There is currently another in-progress request using this Idempotent Key. Please try again later.',
  });
}

/** Express tells an error handler by its four parameters. */
const answerErrors: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
  const known = error instanceof ApiError ? error : unexpected(error);
  if (known.status === 409) res.set('stripe-should-retry', 'true');
  res.status(known.status).json({ error: known.fields });
};

function unexpected(error: unknown): ApiError {
  const status =
    typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500;
  const message = error instanceof Error ? error.message : 'Something went wrong in the sandbox.';
  return new ApiError(status, { type: status < 500 ? 'invalid_request_error' : 'api_error', message });
}
