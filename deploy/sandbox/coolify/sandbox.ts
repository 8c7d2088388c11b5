import type { Request, RequestHandler, Router } from 'express';
import type { Ledger } from '../shared/ledger.ts';
import { lookUp } from '../shared/lookup.ts';
import { ApiError, notFound } from './errors.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { CoolifyStore, Resource } from './state.ts';

/** What every route of the stand-in works with. */
export interface Sandbox {
  store: CoolifyStore;
  ledger: Ledger;
  lifecycle: Lifecycle;
}

export type Kind = Resource['kind'];

/** As refusals call them. */
export const TITLES: Record<Kind, string> = { application: 'Application', service: 'Service' };

/** @throws ApiError 404 when there is no such thing of that kind. */
export function resourceOf({ store }: Sandbox, kind: Kind, req: Request): Resource {
  const resource = lookUp(store.state.resources, String(req.params['uuid']));
  if (resource?.kind !== kind) throw notFound(TITLES[kind]);
  return resource;
}

export function resourcesOf({ store }: Sandbox, kind: Kind): Resource[] {
  return Object.values(store.state.resources)
    .filter((resource) => resource.kind === kind)
    .sort((a, b) => a.seq - b.seq);
}

type Method = 'get' | 'post' | 'patch' | 'delete';

/** Serves a path by its methods; any other method is refused with 405 and the list of those that are served. */
export function methodsOf(
  router: Router,
  path: string,
  handlers: Partial<Record<Method, RequestHandler>>,
): void {
  const route = router.route(path);
  for (const [method, handler] of Object.entries(handlers)) route[method as Method](handler);
  const allow = Object.keys(handlers)
    .map((method) => method.toUpperCase())
    .join(', ');
  route.all(() => {
    throw new ApiError(405, `Method not allowed. Use ${allow}.`, {}, { Allow: allow });
  });
}

/** A JSON body, as the API insists on it. @throws ApiError 400 */
export function bodyOf(req: Request): Record<string, unknown> {
  const wrong = (error: string): ApiError => new ApiError(400, 'Invalid request.', { error });
  if (!req.is('json')) throw wrong('Content-Type must be application/json.');
  const body = req.body as Record<string, unknown> | undefined;
  if (body === undefined || Object.keys(body).length === 0) throw wrong('Empty JSON.');
  return body;
}

/** A boolean of the query, as Laravel reads it. */
export function flagOf(req: Request, name: string, otherwise: boolean): boolean {
  const given = req.query[name];
  if (given === undefined) return otherwise;
  return typeof given === 'string' && ['1', 'true', 'on', 'yes'].includes(given);
}
