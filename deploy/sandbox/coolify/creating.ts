/** Making applications and services. */
import { drawAddress } from '../guests/addresses.ts';
import { lookUp } from '../shared/lookup.ts';
import { asksForAddress, containersOf } from './containers.ts';
import { ApiError, invalid, notFound } from './errors.ts';
import { createServiceShape, createShapes, readBody, readCompose } from './requests.ts';
import type { Sandbox } from './sandbox.ts';
import { ENVIRONMENT, PROJECT_UUID, type Resource, apiTime, newUuid, nextSeq } from './state.ts';

export type Source = keyof typeof createShapes;

/** @throws ApiError as the API refuses it */
export function createApplication(sandbox: Sandbox, source: Source, given: unknown): Resource {
  const body = readBody(createShapes[source], given);
  const serverUuid = placeOf(sandbox, body);
  const { name, description, domains, autogenerate_domain: generates = true } = body;
  if (!body.force_domain_override) refuseTaken(sandbox, domains);
  const address = freeAddress(sandbox);
  const resource = store(sandbox, {
    kind: 'application',
    name: name ?? `${source}-${newUuid()}`,
    description: description ?? null,
    serverUuid,
    // There is no name service here: the wildcard domain of every server is the address itself.
    fqdn: domains || (generates ? `http://${address}` : null),
    address,
    settings: storedOf(body),
  });
  if (body.instant_deploy) sandbox.lifecycle.deploy(resource, false);
  return resource;
}

/** @throws ApiError as the API refuses it */
export function createService(sandbox: Sandbox, given: unknown): Resource {
  const body = readBody(createServiceShape, given);
  const { type, docker_compose_raw: encoded, name, description, urls } = body;
  if (type !== undefined && encoded !== undefined) {
    const both = 'You cannot provide both service type and docker_compose_raw. Use one or the other.';
    throw new ApiError(422, both);
  }
  if (encoded === undefined) {
    throw type === undefined
      ? invalid({ type: ['The type field is required when docker compose raw is not present.'] })
      : new ApiError(404, 'Service not found.', { valid_service_types: [] });
  }
  const serverUuid = placeOf(sandbox, body);
  const compose = readCompose(encoded);
  const unknown = urls?.find((each) => !Object.hasOwn(containersOf(compose), each.name));
  if (unknown) throw invalid({ urls: [`Service container with '${unknown.name}' not found.`] });
  const wanted = urls?.map(({ url }) => url).find(Boolean);
  if (!body.force_domain_override) refuseTaken(sandbox, wanted);
  const address = freeAddress(sandbox);
  const resource = store(sandbox, {
    kind: 'service',
    name: name ?? `service-${newUuid()}`,
    description: description ?? null,
    serverUuid,
    fqdn: wanted ?? (asksForAddress(compose) ? `http://${address}` : null),
    address,
    settings: { docker_compose_raw: compose },
  });
  if (body.instant_deploy) sandbox.lifecycle.queue(resource, 'starting');
  return resource;
}

interface Placement {
  project_uuid: string;
  server_uuid: string;
  environment_name?: string | null | undefined;
  environment_uuid?: string | null | undefined;
}

function placeOf({ store: { state } }: Sandbox, body: Placement): string {
  const { project_uuid, server_uuid, environment_name: name, environment_uuid: uuid } = body;
  if (!name && !uuid) {
    throw new ApiError(422, 'You need to provide at least one of environment_name or environment_uuid.');
  }
  if (project_uuid !== PROJECT_UUID) throw notFound('Project');
  if (name !== ENVIRONMENT) throw notFound('Environment');
  if (!lookUp(state.servers, server_uuid)) throw notFound('Server');
  return server_uuid;
}

function refuseTaken({ store: { state } }: Sandbox, domains: string | null | undefined): void {
  if (!domains) return;
  const wanted = domains.split(',');
  const conflicts = Object.values(state.resources).flatMap(({ fqdn, name, uuid, kind }) =>
    wanted
      .filter((domain) => fqdn?.split(',').includes(domain))
      .map((domain) => ({ domain, resource_name: name, resource_uuid: uuid, resource_type: kind })),
  );
  if (conflicts.length === 0) return;
  const message = 'Domain conflicts detected. Use force_domain_override=true to proceed.';
  throw new ApiError(409, message, { conflicts, warning: 'The same domain leads to two resources.' });
}

/** Fields that say where and how to order, and those that are stored by themselves. */
const NOT_STORED = [
  'name',
  'description',
  'project_uuid',
  'server_uuid',
  'environment_name',
  'environment_uuid',
  'destination_uuid',
  'autogenerate_domain',
  'instant_deploy',
  'force_domain_override',
  'domains',
  'tags',
];

function storedOf(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([field]) => !NOT_STORED.includes(field)));
}

function freeAddress({ store: { state } }: Sandbox): string {
  return drawAddress(new Set(Object.values(state.resources).map(({ address }) => address)));
}

type New = Pick<Resource, 'kind' | 'name' | 'description' | 'serverUuid' | 'fqdn' | 'address' | 'settings'>;

function store({ store: kept, ledger }: Sandbox, fresh: New): Resource {
  const { state } = kept;
  const now = apiTime();
  const isStuck = state.control.stuck > 0;
  if (isStuck) {
    state.control.stuck -= 1;
    kept.saveAll('control');
  }
  const resource: Resource = {
    ...fresh,
    seq: nextSeq(kept),
    uuid: newUuid(),
    status: 'exited:unhealthy',
    variables: {},
    isStuck,
    wasUp: false,
    createdAt: now,
    updatedAt: now,
  };
  state.resources[resource.uuid] = resource;
  kept.save('resources', resource.uuid);
  const { uuid, kind, name, description } = resource;
  ledger.record({ effect: 'instance.created', id: uuid, detail: { kind, name, description } });
  return resource;
}
