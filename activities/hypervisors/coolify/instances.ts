/** Applications and services as the port shows them. */
import type { ProviderInstance } from '../port.ts';
import { readMarks } from './marks.ts';
import { toRef } from './reference.ts';
import type { Application, Service } from './wire.ts';

type State = ProviderInstance['state'];

export interface Presenting {
  /** Where Coolify's proxy answers, if not at the usual ports. */
  webPort?: number;
  /** How long a making may stand still before it counts as broken off, in ms. */
  makingMs: number;
}

export function fromApplication(application: Application, presenting: Presenting): ProviderInstance {
  return present('application', application, application.fqdn, presenting);
}

export function fromService(service: Service, presenting: Presenting): ProviderInstance {
  const fqdn = service.applications?.map((application) => application.fqdn).find(Boolean);
  return present('service', service, fqdn, presenting);
}

function present(
  kind: 'application' | 'service',
  thing: Application | Service,
  fqdn: string | null | undefined,
  presenting: Presenting,
): ProviderInstance {
  const { uuid, name, description, status = '', created_at: createdAt } = thing;
  const marks = readMarks(description);
  const created = new Date(createdAt ?? '');
  const isBrokenOff = Date.now() - created.getTime() > presenting.makingMs;
  const state = stateOf(status, marks?.isMade === false, isBrokenOff);
  return {
    ref: toRef({ kind, uuid }),
    key: marks?.key ?? null,
    state,
    // It is reserved long before anything answers there.
    address: state === 'creating' ? null : publicAddress(fqdn, presenting.webPort),
    region: marks?.server ?? '',
    createdAt: Number.isNaN(created.getTime()) ? null : created.toISOString(),
    name,
    // What Coolify has stored is not yet what runs: a resize may have broken off in between.
    size: marks?.size || null,
  };
}

/**
 * `<status>:<health>`, and perhaps more. What isn't known is `busy`: wait, and decide nothing on it.
 *
 * @param isMaking its making is not known to have come to its end.
 */
function stateOf(text: string, isMaking: boolean, isBrokenOff: boolean): State {
  const [status, health] = text.split(':');
  switch (status) {
    case 'running':
      if (health === 'starting') return 'creating';
      return health === 'unhealthy' ? 'busy' : 'running';
    case 'starting':
    case 'created':
      return 'creating';
    case 'exited':
      if (!isMaking) return 'stopped';
      return isBrokenOff ? 'failed' : 'creating';
    default:
      // `restarting`, `degraded`, `paused`, `removing`
      return 'busy';
  }
}

/** The first of the addresses. A port in it is the container's, not the one that the proxy answers on. */
function publicAddress(fqdn: string | null | undefined, webPort: number | undefined): string | null {
  const first = (fqdn ?? '').split(',')[0]?.trim() ?? '';
  if (!/^https?:\/\//.test(first) || !URL.canParse(first)) return null;
  const url = new URL(first);
  url.port = webPort === undefined ? '' : `${webPort}`;
  return url.pathname === '/' ? url.origin : url.href;
}
