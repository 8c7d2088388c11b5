/** Nova's servers (https://docs.openstack.org/api-ref/compute/#servers-servers) and what they are in Tenure's words. */
import { z } from 'zod';
import { isIP } from 'node:net';
import { TenureFailure } from '../../../schemas/failures.ts';
import { readJson } from '../../http/answers.ts';
import { NOT_FOUND } from '../../http/failures.ts';
import { type Page, readPages } from '../../http/paging.ts';
import type { ProviderInstance } from '../port.ts';
import type { Cloud } from './cloud.ts';
import { FLOATING_NETWORK, KEY_TAG, checkRef } from './plan.ts';

const Address = z.object({ addr: z.string(), 'OS-EXT-IPS:type': z.string().optional() });
const Server = z.object({
  id: z.string().min(1),
  name: z.string().nullish(),
  status: z.string(),
  created: z.string().optional(),
  /** Embedded from microversion 2.47 on, without its id. */
  flavor: z.object({ original_name: z.string() }),
  tags: z.array(z.string()),
  metadata: z.record(z.string(), z.string()),
  addresses: z.record(z.string(), z.array(Address)),
  accessIPv4: z.string().optional(),
  'OS-EXT-STS:task_state': z.string().nullish(),
  'OS-EXT-AZ:availability_zone': z.string().nullish(),
  'os-extended-volumes:volumes_attached': z.array(z.object({ id: z.string() })).default([]),
});
export type Server = z.infer<typeof Server>;

const OneServer = z.object({ server: Server });
const Link = z.object({ rel: z.string() });
const ServerList = z.object({ servers: z.array(Server), servers_links: z.array(Link).default([]) });

/** Nova's default for its largest page is 1000; it cuts what is above by itself. */
const PAGE_SIZE = 500;
/** Still shown, but on their way out and not to be had back. */
const GONE_STATUSES = ['DELETED', 'SOFT_DELETED'];
const GONE_TASKS = ['deleting', 'soft-deleting'];

export function createServers(cloud: Cloud): {
  /** One server, or `null` if there is none or it is being deleted. */
  find(ref: string): Promise<Server | null>;
  /** @throws TenureFailure `refused` (`not-found`) */
  require(ref: string): Promise<Server>;
  pages(filter?: Record<string, string>): AsyncIterable<Page<Server>>;
  /** @param isLong as in {@link Cloud.call} */
  act(ref: string, action: Record<string, unknown>, isLong?: boolean): ReturnType<Cloud['call']>;
} {
  const find = async (ref: string): Promise<Server | null> => {
    const exchange = await cloud.callUnlessGone('compute', {
      method: 'GET',
      path: `/servers/${checkRef(ref)}`,
    });
    const server = exchange && readJson(OneServer, exchange).server;
    return server && isGone(server) ? null : server;
  };
  return {
    find,
    async require(ref) {
      const server = await find(ref);
      if (server) return server;
      throw new TenureFailure('refused', `There is no server ${ref}.`, { reason: NOT_FOUND });
    },
    pages: (filter = {}) =>
      readPages(
        async (marker) => {
          const query = { ...filter, limit: PAGE_SIZE, ...(marker !== '' && { marker }) };
          const exchange = await cloud.call('compute', { method: 'GET', path: '/servers/detail', query });
          const { servers, servers_links: links } = readJson(ServerList, exchange);
          const items = servers.filter((server) => !isGone(server));
          // Nova gives no link whenever a page came out short, so that only a page without servers is surely the end. One on its
          // way out is no marker: the next page would be refused as soon as it is gone.
          const last = links.some(({ rel }) => rel === 'next') ? servers.at(-1) : items.at(-1);
          return { items, total: 0, next: last?.id ?? '' };
        },
        ({ id }) => id,
      ),
    act: (ref, body, isLong = false) =>
      cloud.call('compute', { method: 'POST', path: `/servers/${checkRef(ref)}/action`, body, isLong }),
  };
}
export type Servers = ReturnType<typeof createServers>;

export function toInstance(server: Server): ProviderInstance {
  const created = new Date(server.created ?? '');
  return {
    ref: server.id,
    key: keyOf(server),
    state: stateOf(server),
    address: addressOf(server),
    region: server['OS-EXT-AZ:availability_zone'] ?? '',
    createdAt: Number.isNaN(created.getTime()) ? null : created.toISOString(),
    name: server.name || null,
    size: server.flavor.original_name,
  };
}

export function keyOf({ tags }: Server): string | null {
  return tags.find((tag) => tag.startsWith(KEY_TAG))?.slice(KEY_TAG.length) ?? null;
}

/** A task is what Nova is doing with it right now. What isn't known is `busy`: wait, and decide nothing on it. */
function stateOf(server: Server): ProviderInstance['state'] {
  const { status } = server;
  if (status === 'BUILD') return 'creating';
  if (status === 'ERROR') return 'failed';
  if (taskOf(server) !== null) return 'busy';
  if (status === 'ACTIVE') return lacksFloating(server) ? 'creating' : 'running';
  return status === 'SHUTOFF' ? 'stopped' : 'busy';
}

export function taskOf(server: Server): string | null {
  return server['OS-EXT-STS:task_state'] || null;
}

function isGone(server: Server): boolean {
  return GONE_STATUSES.includes(server.status) || GONE_TASKS.includes(taskOf(server) ?? '');
}

/** Its plan wants a floating address, and it has none yet. */
export function lacksFloating(server: Server): boolean {
  return server.metadata[FLOATING_NETWORK] !== undefined && addressesOf(server, 'floating').length === 0;
}

/** The public address: a floating one where the plan wants one, else the server's own, private ones last. */
export function addressOf(server: Server): string | null {
  if (server.status === 'BUILD') return null;
  const floating = addressesOf(server, 'floating')[0] ?? null;
  if (server.metadata[FLOATING_NETWORK] !== undefined) return floating;
  const fixed = addressesOf(server, 'fixed');
  const publicOnes = fixed.filter((address) => !isPrivate(address));
  const byChoice = [server.accessIPv4, publicOnes[0], floating, fixed[0]];
  return byChoice.find((address) => isIP(address ?? '') !== 0) ?? null;
}

/** IPv4 first. */
export function addressesOf(server: Server, type: 'fixed' | 'floating'): string[] {
  return Object.values(server.addresses)
    .flat()
    .filter((address) => (address['OS-EXT-IPS:type'] ?? 'fixed') === type)
    .map(({ addr }) => addr)
    .filter((addr) => isIP(addr) !== 0)
    .sort((a, b) => isIP(a) - isIP(b));
}

/** RFC 1918, RFC 6598, RFC 3927, RFC 4193 and RFC 4291: nobody outside reaches these. */
export function isPrivate(address: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.|f[cd]|fe80:)/i.test(
    address,
  );
}
