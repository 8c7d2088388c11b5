/** Binds a contract to its handler: who asks, what was sent, once or again, and the answer. */
import { type Request, type Response, Router as createRouter, type Router } from 'express';
import { z } from 'zod';
import type { ApiDependencies } from '../dependencies.ts';
import { readData } from './body.ts';
import { type Caller, type CallerOf, identify } from './caller.ts';
import { type Answer, DEFAULT_BODY_LIMIT_BYTES, type Input, type RouteContract } from './contract.ts';
import type { Attempt, Idempotency, KeptAnswer } from './idempotency.ts';
import { ApiProblem } from './problem.ts';
import type { RateLimiter } from './rate-limit.ts';
import { check } from './validate.ts';

/** What all routes share. */
export interface Server {
  deps: ApiDependencies;
  idempotency: Idempotency;
  limiter: RateLimiter;
}

/** The handler wrote the answer itself. */
export const SENT = Symbol('sent');

export interface Exchange<R extends RouteContract> extends Input<R> {
  caller: CallerOf<R['access']>;
  attempt: Attempt;
  req: Request;
  res: Response;
}

export type Handler<R extends RouteContract> = (exchange: Exchange<R>) => Promise<Answer<R> | typeof SENT>;

export const IdempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters without spaces');

/** Express's spelling of an OpenAPI path. */
export function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

/** Adds a route: `on(contract)(handler)`, in two steps, so that what the handler gets and answers is typed by the contract. */
export type AddRoute = <R extends RouteContract>(route: R) => (handler: Handler<R>) => void;

/** A router for exact addresses, and how to add routes to it. */
export function newRoutes(server: Server): { router: Router; on: AddRoute } {
  const router = createRouter({ strict: true, caseSensitive: true });
  const on: AddRoute = (route) => (handler) => {
    router[route.method](expressPath(route.path), async (req, res) => {
      res.locals['route'] = route.path;
      if (route.limited) server.limiter.take(req.ip ?? '');
      const caller = await identify(server.deps, req, route.access);
      const input = await readInput(route, req);
      const work = async (attempt: Attempt): Promise<KeptAnswer | typeof SENT> =>
        // The contract's shapes were checked above; TypeScript cannot follow them through the conditional types.
        handler({ ...input, caller, attempt, req, res } as unknown as Exchange<typeof route>);
      const answer = await runOnce(server, route, { caller, input, req }, work);
      if (answer !== SENT) send(res, route, answer);
    });
  };
  return { router, on };
}

interface AnyInput {
  params: unknown;
  query: unknown;
  body: unknown;
}

async function readInput(route: RouteContract, req: Request): Promise<AnyInput> {
  const { params, query, body, unknown = 'not-found' } = route;
  return {
    params: params && readParams(params, req, unknown),
    query: query && check(query, { ...req.query }, 'query'),
    body: body && (await readBodyOf(body, req)),
  };
}

/** What is not even an id names nothing. */
function readParams(
  shape: z.ZodObject,
  req: Request,
  unknown: NonNullable<RouteContract['unknown']>,
): unknown {
  const parsed = shape.safeParse(req.params);
  if (!parsed.success) throw new ApiProblem(unknown);
  return parsed.data;
}

async function readBodyOf(body: NonNullable<RouteContract['body']>, req: Request): Promise<unknown> {
  const { mediaTypes = ['application/json'], limitBytes = DEFAULT_BODY_LIMIT_BYTES, passing } = body;
  const data = await readData(req, mediaTypes, limitBytes);
  return check(body.shape, data === undefined && body.optional ? {} : data, 'body', { passing });
}

async function runOnce(
  { idempotency }: Server,
  route: RouteContract,
  { caller, input, req }: { caller: Caller; input: AnyInput; req: Request },
  work: (attempt: Attempt) => Promise<KeptAnswer | typeof SENT>,
): Promise<KeptAnswer | typeof SENT> {
  let sent = false;
  const key =
    route.idempotent && req.headers['idempotency-key'] !== undefined
      ? check(IdempotencyKey, req.headers['idempotency-key'], 'header.Idempotency-Key')
      : undefined;
  const scope = `${route.method} ${route.path} ${caller.kind === 'staff' ? caller.keyId : caller.kind}`;
  const answer = await idempotency.run(
    { tenantId: caller.tenantId, scope, key, content: input },
    async (attempt) => {
      const result = await work(attempt);
      if (result !== SENT) return result;
      sent = true;
      return { status: 200 };
    },
  );
  return sent ? SENT : answer;
}

function send(res: Response, route: RouteContract, answer: KeptAnswer): void {
  res.status(answer.status).set(answer.headers ?? {});
  if (!res.hasHeader('Cache-Control')) res.set('Cache-Control', 'no-store');
  const contract = route.answers[answer.status];
  if (answer.contentType !== undefined) res.type(answer.contentType).send(JSON.stringify(answer.body));
  else if (contract?.text !== undefined) res.type(contract.text).send(answer.body);
  else if (contract?.body !== undefined) res.json(answer.body);
  else res.end();
}
