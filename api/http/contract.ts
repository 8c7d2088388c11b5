/**
 * A route as data: what it takes, who may ask, what it answers. `serve.ts` enforces it and `openapi/document.ts` publishes it,
 * so that the two cannot differ.
 */
import type { z } from 'zod';
import type { Scope } from '../../schemas/api/staff.ts';
import type { BodyMediaType } from './body.ts';
import type { ProblemReason } from './problem-catalogue.ts';

/**
 * Who may ask: anyone · who has an order's link · who has a credentials link · a server at its first boot · staff with an API key of that scope, where `cookie`
 * accepts the codec's session as well.
 */
export type Access = 'public' | 'order' | 'credentials' | 'first-boot' | { scope: Scope; cookie?: boolean };

export interface BodyContract {
  shape: z.ZodType;
  example: unknown;
  /** Bytes; by default {@link DEFAULT_BODY_LIMIT_BYTES}. */
  limitBytes?: number;
  /** By default JSON only. */
  mediaTypes?: readonly BodyMediaType[];
  /** No body is the same as `{}`. */
  optional?: boolean;
  /** Nothing of it is stored, so texts may hold what Postgres cannot. */
  passing?: boolean;
}

export const DEFAULT_BODY_LIMIT_BYTES = 64 * 1024;

export interface AnswerContract {
  description: string;
  /** JSON; without it and `text` the answer has no body. */
  body?: z.ZodType;
  /** In place of JSON: a media type whose body is text. */
  text?: string;
  /** Besides JSON: a media type whose body is text, sent by the handler itself. */
  alsoText?: string;
  example?: unknown;
  headers?: Record<string, string>;
}

export interface RouteContract {
  method: 'get' | 'post' | 'patch' | 'delete';
  /** With parameters as OpenAPI writes them: `/v1/orders/{token}`. */
  path: string;
  operationId: string;
  tag: string;
  summary: string;
  description?: string;
  access: Access;
  /** What `params` name is looked up; a malformed one is answered as an unknown one. */
  params?: z.ZodObject;
  paramExamples?: Record<string, string>;
  unknown?: ProblemReason;
  query?: z.ZodObject;
  body?: BodyContract;
  /** In place of `body`: the handler reads the bytes itself; for the document only. */
  rawBody?: string;
  /** Takes an Idempotency-Key. */
  idempotent?: boolean;
  /** Counts against the sender's rate limit. */
  limited?: boolean;
  /** Asks neither database nor anything else that can be away. */
  offline?: boolean;
  answers: Record<number, AnswerContract>;
  /** Besides those that follow from the other members, see {@link problemsOf}. */
  problems?: readonly ProblemReason[];
}

/** Keeps the literal types of a contract. */
export function defineRoute<const R extends RouteContract>(route: R): R {
  return route;
}

/** Every problem that a route can answer with. */
export function problemsOf(route: RouteContract): ProblemReason[] {
  const { access, body, idempotent, limited, params, query, rawBody, unknown } = route;
  const reasons: ProblemReason[] = ['unexpected', ...(route.problems ?? [])];
  if (params || body || rawBody) reasons.push('malformed-request');
  if (unknown) reasons.push(unknown);
  if (access === 'order') reasons.push('unknown-order');
  if (access === 'credentials') reasons.push('unknown-link');
  if (access === 'first-boot') reasons.push('unknown-first-boot');
  if (typeof access === 'object') {
    reasons.push('api-key-missing', 'api-key-invalid', 'api-key-expired', 'api-key-revoked', 'scope-missing');
  }
  if (query || body || idempotent) reasons.push('invalid-request');
  if (body) reasons.push('body-not-json', 'body-too-large', 'unsupported-media-type');
  if (idempotent) reasons.push('idempotency-key-in-use', 'idempotency-key-reused');
  if (limited) reasons.push('too-many-requests');
  if (!route.offline) reasons.push('database-unavailable');
  return [...new Set(reasons)];
}

type ShapeOf<T> = T extends z.ZodType ? z.output<T> : undefined;

/** What a handler is given, by the contract. */
export interface Input<R extends RouteContract> {
  params: ShapeOf<R['params']>;
  query: ShapeOf<R['query']>;
  body: R['body'] extends BodyContract ? z.output<R['body']['shape']> : undefined;
}

/** What a handler must answer, by the contract. */
export type Answer<R extends RouteContract> = {
  [S in keyof R['answers'] & number]: {
    status: S;
    headers?: Record<string, string>;
  } & (R['answers'][S] extends { body: infer B extends z.ZodType }
    ? { body: z.input<B> }
    : { body?: string });
}[keyof R['answers'] & number];
