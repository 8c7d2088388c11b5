/** A plan's `providers.coolify` entry, and what is sent to make or change such an instance. */
import { randomBytes } from 'node:crypto';
import { type Document, isMap, parseDocument } from 'yaml';
import { z } from 'zod';
import { TenureFailure } from '../../../schemas/failures.ts';
import { HYPERVISOR_REASONS as REASONS } from '../port.ts';
import type { Kind } from './reference.ts';

/** Where new things go; the same for all plans. */
export interface Place {
  projectUuid: string;
  environment: string;
  /** The server of regions that name none. */
  serverUuid: string;
}

const common = {
  limits: z.strictObject({ cpus: z.number().positive(), memoryMb: z.int().min(6) }),
  /** The plan's own variables; `${NAME}` stands for one that Tenure gives, e.g. `${TENURE_PASSWORD}`. */
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
  /** Tenure's region key → the server there, its destination if it has several, and the domain that new names go below. */
  regions: z.record(
    z.string(),
    z.strictObject({
      server: z.string().min(1).optional(),
      destination: z.string().min(1).optional(),
      domain: z
        .string()
        .regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, 'is not a domain')
        .optional(),
    }),
  ),
};
const container = {
  ...common,
  /** The port that the container listens on. */
  port: z.int().min(1).max(65_535),
  /** What answers 200 when all is well; without it a container that runs counts as well. */
  healthPath: z.string().startsWith('/').optional(),
};

const CoolifyPlan = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('service'),
    ...common,
    /** A Docker Compose file. */
    compose: z.string().min(1),
    /** Which of its services gets the address and the limits. */
    main: z.string().min(1),
    /** The port that it listens on, if its address is below a domain of the plan. */
    port: z.int().min(1).max(65_535).optional(),
  }),
  z.strictObject({
    kind: z.literal('image'),
    ...container,
    image: z.string().min(1),
    tag: z.string().min(1).default('latest'),
  }),
  z.strictObject({ kind: z.literal('dockerfile'), ...container, dockerfile: z.string().min(1) }),
  z.strictObject({
    kind: z.literal('git'),
    ...container,
    repository: z.url(),
    branch: z.string().min(1),
    buildPack: z.enum(['nixpacks', 'railpack', 'static', 'dockerfile', 'dockercompose']),
  }),
]);
type CoolifyPlan = z.infer<typeof CoolifyPlan>;

export interface Order {
  kind: Kind;
  /** Where it is ordered. */
  path: string;
  server: string;
  size: string;
  env: Record<string, string>;
  /** What the plan decides of the create call, for a host name. */
  body(hostname: string): Record<string, unknown>;
  /** What of it is sent to bring an instance to the plan's size. */
  resizing: Record<string, unknown>;
}

/** @throws TenureFailure `refused` (`bad-plan`) naming the field */
export function readPlan(plan: Record<string, unknown>, region: string, place: Place): Order {
  const parsed = CoolifyPlan.safeParse(plan);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw badPlan(['providers.coolify', ...(issue?.path ?? [])].join('.'), issue?.message ?? 'is wrong');
  }
  const entry = parsed.data;
  const where = entry.regions[region];
  if (where === undefined) throw badPlan(`providers.coolify.regions.${region}`, 'is missing');
  const { path, kind, body, resizing } = entry.kind === 'service' ? service(entry) : application(entry);
  const server = where.server ?? place.serverUuid;
  if (entry.kind === 'service' && where.domain === undefined && !/SERVICE_(FQDN|URL)_/.test(entry.compose)) {
    throw badPlan(
      `providers.coolify.regions.${region}.domain`,
      'is missing, and the compose file asks for no address with SERVICE_URL_…',
    );
  }
  return {
    kind,
    path,
    server,
    size: `${entry.limits.cpus}cpu-${entry.limits.memoryMb}m`,
    env: entry.env,
    resizing,
    body: (hostname) => ({
      server_uuid: server,
      project_uuid: place.projectUuid,
      environment_name: place.environment,
      ...(where.destination !== undefined && { destination_uuid: where.destination }),
      name: hostname,
      instant_deploy: false,
      ...body(where.domain === undefined ? undefined : newAddress(hostname, where.domain)),
    }),
  };
}

export function badPlan(field: string, wrong: string): TenureFailure {
  return new TenureFailure('refused', `${field}: ${wrong}`, {
    reason: REASONS.badPlan,
    nextStep: `Mend ${field} in the catalogue.`,
  });
}

type Template = Pick<Order, 'kind' | 'path' | 'resizing'> & {
  body(address: string | undefined): Record<string, unknown>;
};

function service({ compose, main, limits, port }: CoolifyPlan & { kind: 'service' }): Template {
  const document = readCompose(compose, main);
  document.setIn(['services', main, 'cpus'], limits.cpus);
  document.setIn(['services', main, 'mem_limit'], `${limits.memoryMb}m`);
  const raw = { docker_compose_raw: base64(document.toString({ lineWidth: 0 })) };
  return {
    kind: 'service',
    path: '/services',
    resizing: raw,
    body: (address) => {
      // Here a port in an address is the container's.
      const url = port === undefined ? address : `${address}:${port}`;
      return { ...raw, ...(address !== undefined && { urls: [{ name: main, url }] }) };
    },
  };
}

function readCompose(compose: string, main: string): Document {
  const document: Document = parseDocument(compose);
  const [error] = document.errors;
  if (error)
    throw badPlan('providers.coolify.compose', `${error.code} in line ${error.linePos?.[0].line ?? '?'}`);
  if (!isMap(document.getIn(['services', main])))
    throw badPlan('providers.coolify.main', 'is no service of compose');
  return document;
}

function application(entry: Exclude<CoolifyPlan, { kind: 'service' }>): Template {
  const { port, healthPath, limits } = entry;
  const resizing = { limits_cpus: `${limits.cpus}`, limits_memory: `${limits.memoryMb}m` };
  const { path, source } = sourceOf(entry);
  return {
    kind: 'application',
    path: `/applications/${path}`,
    resizing,
    body: (address) => ({
      ...source,
      ports_exposes: `${port}`,
      ...resizing,
      ...(healthPath !== undefined && {
        health_check_enabled: true,
        health_check_path: healthPath,
        health_check_port: `${port}`,
      }),
      // Without one Coolify makes a name of its own below the server's wildcard domain.
      ...(address !== undefined && { domains: address }),
    }),
  };
}

function sourceOf(entry: Exclude<CoolifyPlan, { kind: 'service' }>): {
  path: string;
  source: Record<string, unknown>;
} {
  switch (entry.kind) {
    case 'image':
      return {
        path: 'dockerimage',
        source: { docker_registry_image_name: entry.image, docker_registry_image_tag: entry.tag },
      };
    case 'dockerfile':
      return { path: 'dockerfile', source: { dockerfile: base64(entry.dockerfile) } };
    case 'git':
      return {
        path: 'public',
        source: {
          git_repository: entry.repository,
          git_branch: entry.branch,
          build_pack: entry.buildPack,
        },
      };
  }
}

/** A name that nobody has: one given twice is refused, also by an instance on its way out. */
function newAddress(hostname: string, domain: string): string {
  return `https://${hostname}-${randomBytes(4).toString('hex')}.${domain}`;
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
