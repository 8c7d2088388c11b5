import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import express, { type Request, type RequestHandler, type Router } from 'express';
import { projectId, regionName } from './catalog.ts';
import { ApiError } from './errors.ts';
import { methodsOf } from './methods.ts';
import { authShape, readBody } from './requests.ts';
import type { Sandbox } from './sandbox.ts';
import type { OpenStackStore } from './state.ts';

/** Who is let in. */
export interface Identity {
  applicationCredential: { id: string; secret: string };
  user: { name: string; password: string; project: string };
  /** Life of a token, in ms. */
  tokenLifeMs: number;
}

const unauthorized = (): ApiError => new ApiError(401, 'The request you have made requires authentication.');

/** `/identity/v3`. */
export function identityRoutes(sandbox: Sandbox, identity: Identity): Router {
  const router = express.Router();
  methodsOf(router, '/auth/tokens', {
    post: (req, res) => {
      const { auth } = readBody(authShape, req.body);
      const isKnown =
        'application_credential' in auth.identity
          ? isSame(auth.identity.application_credential, identity.applicationCredential)
          : auth.identity.password.user.name === identity.user.name &&
            auth.identity.password.user.password === identity.user.password &&
            'scope' in auth &&
            isProject(auth.scope.project, identity.user.project);
      if (!isKnown) throw unauthorized();
      const expiresAt = new Date(Date.now() + identity.tokenLifeMs);
      const token = issue(sandbox.store, expiresAt);
      sandbox.ledger.record({
        effect: 'token.issued',
        id: token.slice(-16),
        detail: { methods: auth.identity.methods },
      });
      res
        .status(201)
        .set('X-Subject-Token', token)
        .json({
          token: {
            methods: auth.identity.methods,
            expires_at: expiresAt.toISOString(),
            issued_at: new Date().toISOString(),
            project: {
              id: projectId,
              name: identity.user.project,
              domain: { id: 'default', name: 'Default' },
            },
            user: { id: 'operator', name: identity.user.name, domain: { id: 'default', name: 'Default' } },
            roles: [{ id: 'member', name: 'member' }],
            catalog: catalog(originOf(req), sandbox.hasNetwork),
          },
        });
    },
  });
  return router;
}

/** Lets a request with a good token through; 401 in the words of Keystone's middleware. */
export function requireToken(store: OpenStackStore): RequestHandler {
  return (req, _res, next) => {
    const [payload = '', signature = ''] = (req.get('X-Auth-Token') ?? '').split('.');
    const isOurs = isSameText(signature, sign(store, payload));
    const { expiresAtMs = 0, generation = 0 } = isOurs
      ? (JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
          expiresAtMs: number;
          generation: number;
        })
      : {};
    const isGood = expiresAtMs > Date.now() && generation === store.state.control.tokenGeneration;
    next(isGood ? undefined : unauthorized());
  };
}

function issue(store: OpenStackStore, expiresAt: Date): string {
  const { tokenGeneration: generation } = store.state.control;
  const claims = { id: randomUUID(), expiresAtMs: expiresAt.getTime(), generation };
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `${payload}.${sign(store, payload)}`;
}

function sign({ state }: OpenStackStore, payload: string): string {
  return createHmac('sha256', state.tokenKey).update(payload).digest('base64url');
}

function isSame(given: { id: string; secret: string }, wanted: { id: string; secret: string }): boolean {
  return isSameText(given.id, wanted.id) && isSameText(given.secret, wanted.secret);
}

function isSameText(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function isProject(asked: { id: string } | { name: string }, name: string): boolean {
  return 'id' in asked ? asked.id === projectId : asked.name === name;
}

function originOf(req: Request): string {
  return `${req.protocol}://${req.get('host') ?? '127.0.0.1'}`;
}

/** The other interfaces are there to be passed over. */
function catalog(origin: string, hasNetwork: boolean): unknown[] {
  const service = (type: string, name: string, path: string): unknown => ({
    id: randomUUID(),
    type,
    name,
    endpoints: ['public', 'internal', 'admin'].map((side) => ({
      id: randomUUID(),
      interface: side,
      region: regionName,
      region_id: regionName,
      url: side === 'public' ? `${origin}${path}` : `http://${side}.openstack.invalid${path}`,
    })),
  });
  return [
    service('identity', 'keystone', '/identity'),
    service('compute', 'nova', '/compute/v2.1'),
    service('image', 'glance', '/image'),
    service('volumev3', 'cinder', `/volume/v3/${projectId}`),
    ...(hasNetwork ? [service('network', 'neutron', '/network')] : []),
  ];
}
