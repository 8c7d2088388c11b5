/** Calls to the services of one cloud, with a token, at the place that its catalogue tells and in the version agreed on. */
import { z } from 'zod';
import { TenureFailure } from '../../../schemas/failures.ts';
import { type Exchange, readJson } from '../../http/answers.ts';
import type { HttpAnswer, HttpCall, HttpClient } from '../../http/client.ts';
import { HYPERVISOR_REASONS } from '../port.ts';
import { failureOf, isGone } from './faults.ts';
import { type Service, type Session, type Sessions } from './session.ts';

export interface CloudCall extends Pick<HttpCall, 'method' | 'path' | 'query' | 'body'> {
  /** The service goes on using our token after its answer, as Nova does for everything that takes time. */
  isLong?: boolean;
}

export interface Cloud {
  /** Whether the catalogue has the service. */
  has(service: Service): Promise<boolean>;
  /** The minor number of the microversion that Nova is spoken to in. */
  microversion(): Promise<number>;
  /**
   * Sends a request once; a second time only after 401, which had no effect, with a new token.
   * @throws TenureFailure unless it is answered with 2xx; `refused` (`unsupported`) where the cloud lacks the service.
   */
  call(service: Service, request: CloudCall): Promise<Exchange>;
  /** As {@link Cloud.call}, but `null` if there is no such thing. */
  callUnlessGone(service: Service, request: CloudCall): Promise<Exchange | null>;
}

/** What a catalogue may leave out at the end of a URL. */
const VERSION_PATHS: Record<Service, { path: string; isThere: RegExp }> = {
  compute: { path: '/v2.1', isThere: /\/v2(\.1)?(\/[^/]+)?$/ },
  image: { path: '/v2', isThere: /\/v2(\.\d+)?$/ },
  network: { path: '/v2.0', isThere: /\/v2\.0$/ },
  volume: { path: '/v3', isThere: /\/v3(\/[^/]+)?$/ },
};

/**
 * Microversions of Nova: `LATEST` is the last one that this driver was written for, and `LEAST` the first with everything that
 * it needs (user data in a rebuild; OpenStack Queens of 2018 has it).
 */
const LATEST = 96;
const LEAST = 57;

const Version = z.object({ version: z.object({ version: z.string().regex(/^2\.\d+$/) }) });

export function createCloud(http: HttpClient, sessions: Sessions, secrets: string[]): Cloud {
  let agreed: Promise<number> | undefined;

  const send = async (
    service: Service,
    { isLong = false, ...request }: CloudCall,
    versionHeader: Record<string, string>,
    urlOf = baseUrlOf,
  ): Promise<Exchange> => {
    const attempt = async (session: Session): Promise<{ call: HttpCall; answer: HttpAnswer }> => {
      const url = session.endpoint(service);
      if (url === null) throw noService(service);
      const call = { ...request, path: `${urlOf(service, url)}${request.path}` };
      const headers = { 'X-Auth-Token': session.token, ...versionHeader };
      return { call, answer: await http.send({ ...call, headers }) };
    };
    const session = await sessions.current(isLong);
    let exchange = await attempt(session);
    if (exchange.answer.status === 401) {
      sessions.drop(session);
      exchange = await attempt(await sessions.current(isLong));
    }
    const { status } = exchange.answer;
    if (status >= 200 && status < 300) return { api: http.api, ...exchange };
    throw failureOf({ api: http.api, ...exchange }, secrets);
  };

  const agree = async (): Promise<number> => {
    try {
      const exchange = await send('compute', { method: 'GET', path: '/' }, {}, versionUrlOf);
      const offered = Number(readJson(Version, exchange).version.version.slice('2.'.length));
      if (offered < LEAST) throw tooOld(offered);
      return Math.min(offered, LATEST);
    } catch (error) {
      // The next call asks again.
      agreed = undefined;
      throw error;
    }
  };
  const microversion = (): Promise<number> => (agreed ??= agree());

  const call = async (service: Service, request: CloudCall): Promise<Exchange> => {
    if (service !== 'compute') return send(service, request, {});
    return send(service, request, { 'OpenStack-API-Version': `compute 2.${await microversion()}` });
  };

  return {
    has: async (service) => (await sessions.current(false)).endpoint(service) !== null,
    microversion,
    call,
    async callUnlessGone(service, request) {
      try {
        return await call(service, request);
      } catch (error) {
        if (isGone(error)) return null;
        throw error;
      }
    },
  };
}

function baseUrlOf(service: Service, url: string): string {
  const { path, isThere } = VERSION_PATHS[service];
  return isThere.test(url) ? url : `${url}${path}`;
}

/** Where a service tells its version: above the project's id that an old catalogue has in the URL. */
function versionUrlOf(service: Service, url: string): string {
  return baseUrlOf(service, url).replace(/(\/v2(\.1)?)\/[^/]+$/, '$1');
}

function noService(service: Service): TenureFailure {
  const message = `The cloud’s catalogue has no ${service} service for this region and interface.`;
  const nextStep =
    service === 'compute'
      ? 'Check OPENSTACK_REGION and OPENSTACK_INTERFACE.'
      : 'This cannot be had from this cloud; choose another way.';
  return new TenureFailure('refused', message, { reason: HYPERVISOR_REASONS.unsupported, nextStep });
}

function tooOld(offered: number): TenureFailure {
  return new TenureFailure('needs-a-human', `This cloud’s Nova is too old: it offers 2.${offered}.`, {
    reason: HYPERVISOR_REASONS.unsupported,
    nextStep: `Upgrade it to a release with microversion 2.${LEAST} or later.`,
  });
}
