/** The OpenAPI 3.1 document, made of the routes' contracts and nothing else. */
import {
  OpenApiGeneratorV31,
  OpenAPIRegistry,
  type ResponseConfig,
  type RouteConfig,
  type ZodContentObject,
} from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { Problem } from '../../schemas/api/common.ts';
import { ShopPlan } from '../../schemas/api/shop.ts';
import { type AnswerContract, problemsOf, type RouteContract } from '../http/contract.ts';
import { groupBy } from '../http/group-by.ts';
import { ApiProblem, PROBLEM_TYPE } from '../http/problem.ts';
import { PROBLEMS, type ProblemReason } from '../http/problem-catalogue.ts';
import { IdempotencyKey } from '../http/serve.ts';
import { ROUTES } from './routes.ts';
import { detailSchemas } from './schema-details.ts';

export type OpenApiDocument = ReturnType<OpenApiGeneratorV31['generateDocument']>;

const INFO = {
  title: 'Tenure',
  version: '1',
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  description:
    'Buy, run and end servers. Errors are `application/problem+json` (RFC 9457) with a machine-readable `reason` and a `nextStep`. ' +
    'Lists are newest first and paged by `cursor`. Requests that change something take an `Idempotency-Key` for 24 hours: sent again with the same ' +
    'body they get the same answer (with `Idempotent-Replayed: true`) and act once. Every answer has an `X-Request-Id`.',
};

const TAGS = [
  { name: 'Shop', description: 'What a buyer needs' },
  { name: 'Orders', description: 'For whoever has an order’s link' },
  { name: 'Credentials', description: 'For whoever has a one-time link' },
  { name: 'Servers', description: 'For servers themselves, at their first boot' },
  { name: 'Subscriptions', description: 'For staff, with an API key' },
  { name: 'Customers', description: 'Who is billed, for staff' },
  { name: 'Staff', description: 'Trail, payment events and API keys' },
  { name: 'Fleet', description: 'Providers, their capacity, and what does not fit there' },
  { name: 'Codec', description: 'Decrypts what Temporal stores, for the Temporal UI' },
  { name: 'Webhooks', description: 'For the payment provider' },
  { name: 'Operation', description: 'For machines that watch' },
];

/** Makes the document; the same for the same code. */
export function createOpenApiDocument(): OpenApiDocument {
  detailSchemas();
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, `tnr_…`; each operation names the scope that it needs.',
  });
  registry.registerComponent('securitySchemes', 'codecSession', {
    type: 'apiKey',
    in: 'cookie',
    name: 'tenure_codec',
    description: 'Set by POST /v1/codec/session.',
  });
  for (const route of ROUTES) registry.registerPath(operation(route));
  const document = new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: INFO,
    servers: [{ url: '/' }],
    tags: TAGS,
  });
  addParameterExamples(document);
  return document;
}

function operation(route: RouteContract): RouteConfig {
  const { method, path, operationId, summary, tag } = route;
  return {
    method,
    path,
    operationId,
    summary,
    tags: [tag],
    ...(describe(route) ? { description: describe(route) } : {}),
    security: security(route),
    request: {
      ...(route.params ? { params: route.params } : {}),
      ...(route.query ? { query: route.query } : {}),
      ...(route.idempotent ? { headers: z.object({ 'Idempotency-Key': idempotencyKey }) } : {}),
      ...requestBody(route),
    },
    responses: { ...answers(route), ...problems(route) },
  };
}

const idempotencyKey = IdempotencyKey.optional().meta({
  description: 'A random UUID, kept to yourself: whoever repeats the request with it gets its answer.',
});

function describe({ access, description }: RouteContract): string {
  const scope = typeof access === 'object' ? `Needs the scope \`${access.scope}\`.` : '';
  return [description ?? '', scope].filter(Boolean).join('\n\n');
}

function security({ access }: RouteContract): Record<string, string[]>[] {
  if (typeof access !== 'object') return [];
  return access.cookie ? [{ apiKey: [] }, { codecSession: [] }] : [{ apiKey: [] }];
}

function requestBody({ body, rawBody }: RouteContract): NonNullable<RouteConfig['request']> {
  if (rawBody !== undefined) {
    const content = { '*/*': { schema: z.string().meta({ format: 'binary' }) } };
    return { body: { description: rawBody, content, required: true } };
  }
  if (!body) return {};
  const { mediaTypes = ['application/json'], shape, example, optional } = body;
  const content = Object.fromEntries(mediaTypes.map((type) => [type, { schema: shape, example }]));
  return { body: { content, required: !optional } };
}

function answers(route: RouteContract): Record<string, ResponseConfig> {
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, answer]) => [
      status,
      { description: answer.description, ...content(answer) },
    ]),
  );
}

function content({ body, text, alsoText, example }: AnswerContract): { content?: ZodContentObject } {
  const html: ZodContentObject = alsoText ? { [alsoText]: { schema: z.string() } } : {};
  if (body) return { content: { 'application/json': { schema: body, example }, ...html } };
  return text ? { content: { [text]: { schema: z.string(), example } } } : {};
}

/** A conflict over a changed plan tells the plan as it is sold now. */
const ProblemWithPlan = Problem.extend({ plan: ShopPlan.optional() });

function problems(route: RouteContract): Record<string, ResponseConfig> {
  const byStatus = groupBy(problemsOf(route), (reason) => PROBLEMS[reason].status);
  return Object.fromEntries(
    [...byStatus]
      .filter(([status]) => !(status in route.answers))
      .map(([status, reasons]) => [String(status), problemResponse(reasons)]),
  );
}

function problemResponse(reasons: ProblemReason[]): ResponseConfig {
  const titles = reasons.map((reason) => `\`${reason}\`: ${PROBLEMS[reason].title}.`);
  const examples = Object.fromEntries(
    reasons.map((reason) => [reason, { value: new ApiProblem(reason).toBody() }]),
  );
  const schema = reasons.includes('price-changed') ? ProblemWithPlan : Problem;
  return { description: titles.join('\n\n'), content: { [PROBLEM_TYPE]: { schema, examples } } };
}

function addParameterExamples(document: OpenApiDocument): void {
  for (const { path, method, paramExamples = {} } of ROUTES) {
    const { parameters = [] } = document.paths?.[path]?.[method] ?? {};
    for (const parameter of parameters) {
      if (!('name' in parameter) || parameter.in !== 'path') continue;
      const example = paramExamples[parameter.name];
      if (example !== undefined) parameter.example = example;
    }
  }
}
