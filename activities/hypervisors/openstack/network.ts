/** Neutron (https://docs.openstack.org/api-ref/network/v2/): a server's ports, and what is marked as its own. */
import { z } from 'zod';
import { TenureFailure } from '../../../schemas/failures.ts';
import { type Exchange, readJson } from '../../http/answers.ts';
import { HYPERVISOR_REASONS } from '../port.ts';
import type { Cloud } from './cloud.ts';

const Port = z.object({
  id: z.string().min(1),
  device_id: z.string(),
  security_groups: z.array(z.string()),
  fixed_ips: z.array(z.object({ ip_address: z.string() })),
});
export type Port = z.infer<typeof Port>;
// Every filter is checked again on what comes: a Neutron that does not know one answers with everything.
const PortList = z.object({ ports: z.array(Port) });

export const FloatingIp = z.object({
  id: z.string().min(1),
  floating_ip_address: z.string(),
  port_id: z.string().nullable(),
  description: z.string().nullish(),
});
export type FloatingIp = z.infer<typeof FloatingIp>;
const FloatingIpList = z.object({ floatingips: z.array(FloatingIp) });

const SecurityGroup = z.object({ id: z.string().min(1), name: z.string() });
const SecurityGroupList = z.object({ security_groups: z.array(SecurityGroup) });

/** What is made for one server says so: a floating address in its description, a security group in its name. */
export function markOf(ref: string): string {
  return `tenure-${ref}`;
}

export async function portsOf(cloud: Cloud, ref: string): Promise<Port[]> {
  const query = { device_id: ref };
  const exchange = await cloud.call('network', { method: 'GET', path: '/ports', query });
  return readJson(PortList, exchange).ports.filter(({ device_id }) => device_id === ref);
}

/** Those of a port, or those with a description. */
export async function floatingIps(
  cloud: Cloud,
  wanted: { port_id: string } | { description: string },
): Promise<FloatingIp[]> {
  const exchange = await list(cloud, '/floatingips', wanted);
  if (!exchange) return [];
  const { floatingips } = readJson(FloatingIpList, exchange);
  return floatingips.filter((each) =>
    'port_id' in wanted ? each.port_id === wanted.port_id : each.description === wanted.description,
  );
}

/** The ids of a server's own security groups: one, unless two were made at the same time. */
export async function ownGroups(cloud: Cloud, ref: string): Promise<string[]> {
  const name = markOf(ref);
  const exchange = await list(cloud, '/security-groups', { name });
  if (!exchange) return [];
  const { security_groups: groups } = readJson(SecurityGroupList, exchange);
  return groups.filter((group) => group.name === name).map(({ id }) => id);
}

/** `null` where this Neutron knows no such things: what its extensions bring, it may lack, and says so with 404. */
async function list(cloud: Cloud, path: string, query: Record<string, string>): Promise<Exchange | null> {
  try {
    return await cloud.call('network', { method: 'GET', path, query });
  } catch (error) {
    if (error instanceof TenureFailure && error.details.upstream === '404') return null;
    throw error;
  }
}

export async function setGroups(cloud: Cloud, { id }: Port, groups: string[]): Promise<void> {
  const body = { port: { security_groups: groups } };
  await cloud.callUnlessGone('network', { method: 'PUT', path: `/ports/${id}`, body });
}

/** Gives back what was made for a server that is being deleted; nothing of it goes by itself. As often as asked. */
export async function releaseOwn(cloud: Cloud, ref: string): Promise<void> {
  for (const { id } of await floatingIps(cloud, { description: markOf(ref) })) {
    await cloud.callUnlessGone('network', { method: 'DELETE', path: `/floatingips/${id}` });
  }
  const groups = await ownGroups(cloud, ref);
  if (groups.length === 0) return;
  // A group in use cannot be deleted, and the ports last a moment longer than this call.
  for (const port of await portsOf(cloud, ref)) {
    await setGroups(
      cloud,
      port,
      port.security_groups.filter((group) => !groups.includes(group)),
    );
  }
  for (const id of groups) {
    await cloud.callUnlessGone('network', { method: 'DELETE', path: `/security-groups/${id}` });
  }
}

export function unsupported(message: string, nextStep: string): TenureFailure {
  return new TenureFailure('refused', message, { reason: HYPERVISOR_REASONS.unsupported, nextStep });
}
