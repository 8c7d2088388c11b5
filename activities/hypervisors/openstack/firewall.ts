/**
 * A server's own firewall: a security group of Neutron that bears the server's id, in place of all others on its ports.
 * Neutron lets in what a group's rules allow, and a new group lets everything out.
 */
import { z } from 'zod';
import { readJson } from '../../http/answers.ts';
import type { FirewallRule, InstanceOperations } from '../port.ts';
import type { Cloud } from './cloud.ts';
import { markOf, ownGroups, portsOf, setGroups, unsupported } from './network.ts';
import type { Servers } from './servers.ts';

const Rule = z.object({
  id: z.string().min(1),
  direction: z.string(),
  ethertype: z.string().nullable(),
  protocol: z.string().nullable(),
  port_range_min: z.int().nullable(),
  port_range_max: z.int().nullable(),
  remote_ip_prefix: z.string().nullable(),
});
type Rule = z.infer<typeof Rule>;
const Group = z.object({ id: z.string().min(1), security_group_rules: z.array(Rule) });
const OneGroup = z.object({ security_group: Group });

/** What Neutron calls it, over IPv4 and over IPv6. */
const PROTOCOLS: Record<string, FirewallRule['protocol']> = {
  tcp: 'tcp',
  udp: 'udp',
  icmp: 'icmp',
  'ipv6-icmp': 'icmp',
  icmpv6: 'icmp',
};

export function createFirewall(
  cloud: Cloud,
  servers: Servers,
): Pick<InstanceOperations, 'setFirewall' | 'firewall'> {
  const groupPath = (id: string): string => `/security-groups/${id}`;
  const read = async (id: string): Promise<Rule[]> => {
    const exchange = await cloud.call('network', { method: 'GET', path: groupPath(id) });
    const { security_group_rules: rules } = readJson(OneGroup, exchange).security_group;
    return rules.filter(({ direction }) => direction === 'ingress');
  };
  const make = async (ref: string): Promise<string> => {
    const body = { security_group: { name: markOf(ref), description: 'The firewall of one server' } };
    const exchange = await cloud.call('network', { method: 'POST', path: '/security-groups', body });
    return readJson(OneGroup, exchange).security_group.id;
  };

  return {
    async setFirewall(ref, rules) {
      await servers.require(ref);
      const ports = await portsOf(cloud, ref);
      if (ports.length === 0) {
        throw unsupported('This server has no network card.', 'Connect it to a network first.');
      }
      const group = (await ownGroups(cloud, ref))[0] ?? (await make(ref));
      const present = await read(group);
      const wanted = new Map(rules.map((rule) => [idOf(rule), rule]));
      const known = new Set(present.map((rule) => idOf(toRule(rule))));
      const missing = [...wanted].filter(([id]) => !known.has(id)).map(([, rule]) => ruleBody(group, rule));
      // First what is to come in, so that nothing which may stay is shut out in between.
      if (missing.length > 0) {
        const body = { security_group_rules: missing };
        await cloud.call('network', { method: 'POST', path: '/security-group-rules', body });
      }
      for (const port of ports) {
        const isSet = port.security_groups.length === 1 && port.security_groups[0] === group;
        if (!isSet) await setGroups(cloud, port, [group]);
      }
      for (const rule of present) {
        if (wanted.has(idOf(toRule(rule)))) continue;
        await cloud.callUnlessGone('network', { method: 'DELETE', path: `/security-group-rules/${rule.id}` });
      }
    },

    async firewall(ref) {
      await servers.require(ref);
      if (!(await cloud.has('network'))) return null;
      const groups = await ownGroups(cloud, ref);
      const used = (await portsOf(cloud, ref)).flatMap(({ security_groups }) => security_groups);
      const group = groups.find((id) => used.includes(id));
      if (group === undefined) return null;
      return (await read(group)).map(toRule).filter((rule) => rule !== null);
    },
  };
}

/** `null` for a rule that people made and that Tenure has no words for. */
function toRule(rule: Rule): FirewallRule | null {
  const protocol = PROTOCOLS[rule.protocol ?? ''];
  if (!protocol) return null;
  const source = rule.remote_ip_prefix ?? (rule.ethertype === 'IPv6' ? '::/0' : '0.0.0.0/0');
  if (protocol === 'icmp') return { protocol, ports: null, source };
  const { port_range_min: from, port_range_max: to } = rule;
  return { protocol, ports: { from: from ?? 1, to: to ?? 65_535 }, source };
}

function ruleBody(group: string, { protocol, ports, source }: FirewallRule): Record<string, unknown> {
  const isV6 = source.includes(':');
  return {
    security_group_id: group,
    direction: 'ingress',
    ethertype: isV6 ? 'IPv6' : 'IPv4',
    protocol: protocol === 'icmp' && isV6 ? 'ipv6-icmp' : protocol,
    ...(ports && { port_range_min: ports.from, port_range_max: ports.to }),
    remote_ip_prefix: source,
  };
}

function idOf(rule: FirewallRule | null): string {
  return rule === null ? '' : JSON.stringify([rule.protocol, rule.ports?.from, rule.ports?.to, rule.source]);
}
