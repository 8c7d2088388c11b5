import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import express, { type RequestHandler, type Response, type Router } from 'express';
import { ApiError, badRequest } from './errors.ts';
import type { ContaboStore } from './state.ts';

/** What a caller signs in with. */
export interface SandboxCredentials {
  clientId: string;
  clientSecret: string;
  username: string;
  password: string;
}

const requestId = /^[\da-f]{8}-[\da-f]{4}-[0-5][\da-f]{3}-[089ab][\da-f]{3}-[\da-f]{12}$/i;

/** The path of the token endpoint, as the real one has it. */
export const tokenPath = '/auth/realms/contabo/protocol/openid-connect/token';

/**
 * The token endpoint. It is another server there, with errors of its own kind.
 *
 * @param lifeSeconds how long a token is good for.
 */
export function tokenRoutes(
  store: ContaboStore,
  credentials: SandboxCredentials,
  lifeSeconds: number,
): Router {
  const router = express.Router();
  const refuse = (res: Response, status: number, error: string, description: string): void => {
    res.status(status).json({ error, error_description: description });
  };
  router.post(tokenPath, express.urlencoded({ extended: false }), (req, res) => {
    const form = (req.body ?? {}) as Record<string, unknown>;
    const given = (name: string): string => (typeof form[name] === 'string' ? form[name] : '');
    if (given('grant_type') === '') {
      return refuse(res, 400, 'invalid_request', 'Missing form parameter: grant_type');
    }
    if (given('grant_type') !== 'password') {
      return refuse(res, 400, 'unsupported_grant_type', 'Unsupported grant_type');
    }
    if (!isSame(given('client_id'), credentials.clientId)) {
      return refuse(res, 401, 'invalid_client', 'Invalid client or Invalid client credentials');
    }
    if (!isSame(given('client_secret'), credentials.clientSecret)) {
      return refuse(res, 401, 'unauthorized_client', 'Invalid client or Invalid client credentials');
    }
    const isUser =
      isSame(given('username'), credentials.username) && isSame(given('password'), credentials.password);
    if (!isUser) return refuse(res, 401, 'invalid_grant', 'Invalid user credentials');
    res.json({
      access_token: makeToken(store, lifeSeconds),
      expires_in: lifeSeconds,
      refresh_expires_in: 1_800,
      refresh_token: randomUUID(),
      token_type: 'Bearer',
      'not-before-policy': 0,
      session_state: randomUUID(),
      scope: 'email profile',
    });
  });
  return router;
}

/** Lets in who has a token that is still good. @throws ApiError 401 */
export function requireToken(store: ContaboStore): RequestHandler {
  return (req, _res, next) => {
    const [, token] = /^Bearer (\S+)$/.exec(req.get('authorization') ?? '') ?? [];
    if (token !== undefined && isGood(store, token)) next();
    else next(new ApiError(401, 'Unauthorized'));
  };
}

/** Lets in what names its request. @throws ApiError 400 */
export const requireRequestId: RequestHandler = (req, _res, next) => {
  if (requestId.test(req.get('x-request-id') ?? '')) next();
  else next(badRequest(['x-request-id must be a UUID']));
};

/** A token says until when it is good; the signature makes it survive a restart without being kept. */
function makeToken(store: ContaboStore, lifeSeconds: number): string {
  const { tokenGeneration } = store.state.control;
  const claims = { jti: randomUUID(), exp: Date.now() + lifeSeconds * 1_000, generation: tokenGeneration };
  const body = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `${body}.${sign(store, body)}`;
}

function isGood(store: ContaboStore, token: string): boolean {
  const [body = '', signature = ''] = token.split('.');
  if (!isSame(signature, sign(store, body))) return false;
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as {
    exp: number;
    generation: number;
  };
  return claims.exp > Date.now() && claims.generation === store.state.control.tokenGeneration;
}

function sign(store: ContaboStore, body: string): string {
  return createHmac('sha256', store.state.control.tokenSecret).update(body).digest('base64url');
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
