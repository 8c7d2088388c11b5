/** Resources as answers carry them. */
import { containersOf, composeOf } from './containers.ts';
import type { Deployment, Resource, Server, Variable } from './state.ts';

export function presentApplication(resource: Resource): Record<string, unknown> {
  const { uuid, name, description, fqdn, status, settings, createdAt, updatedAt } = resource;
  return {
    uuid,
    description,
    name,
    build_pack: 'nixpacks',
    limits_cpus: '0',
    limits_memory: '0',
    ...settings,
    fqdn,
    status,
    server_status: true,
    destination_type: 'App\\Models\\StandaloneDocker',
    created_at: createdAt,
    updated_at: updatedAt,
  };
}

/** @param whole with its containers, which lists leave out. */
export function presentService(resource: Resource, whole: boolean): Record<string, unknown> {
  const { uuid, name, description, fqdn, status, createdAt, updatedAt } = resource;
  const names = whole ? Object.keys(containersOf(composeOf(resource))) : [];
  return {
    uuid,
    description,
    name,
    status,
    server_status: true,
    destination_type: 'App\\Models\\StandaloneDocker',
    created_at: createdAt,
    updated_at: updatedAt,
    ...(whole && {
      applications: names.map((container, index) => ({
        uuid: `${uuid.slice(0, -2)}a${index}`,
        name: container,
        fqdn: index === 0 ? fqdn : null,
        status,
      })),
      databases: [],
    }),
  };
}

/** A value that is shown once has been shown by its author. */
export function presentVariable(variable: Variable): Record<string, unknown> {
  const { value, ...rest } = variable;
  return {
    ...rest,
    is_runtime: true,
    is_buildtime: true,
    is_shared: false,
    ...(!rest.is_shown_once && { value }),
  };
}

export function presentDeployment(deployment: Deployment): Record<string, unknown> {
  const { seq, uuid, applicationUuid, status, restartOnly, createdAt } = deployment;
  return {
    id: seq,
    application_id: `${seq}`,
    deployment_uuid: uuid,
    pull_request_id: 0,
    force_rebuild: false,
    commit: 'HEAD',
    status,
    is_webhook: false,
    is_api: true,
    restart_only: restartOnly,
    deployment_url: `/project/p/environment/e/application/${applicationUuid}/deployment/${uuid}`,
    created_at: createdAt,
    updated_at: createdAt,
  };
}

export function presentServer({ uuid, name, isReachable }: Server): Record<string, unknown> {
  return {
    uuid,
    name,
    ip: '127.0.0.1',
    user: 'root',
    port: 22,
    proxy_type: 'traefik',
    settings: {
      is_reachable: isReachable,
      is_usable: isReachable,
      is_build_server: false,
      force_disabled: false,
      deployment_queue_limit: 25,
    },
  };
}
