/**
 * A firewall of its own for an instance: a group whose description names the instance. A group drops what none of its rules
 * accepts, also when it has none (https://docs.vultr.com/support/products/network/do-vultr-firewall-rules-override-software-based-firewall-rules-on-instances).
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { TenureFailure } from '../../../schemas/failures.ts';
import { readJson } from '../../http/answers.ts';
import { BAD_REQUEST } from '../../http/failures.ts';
import { searchPages } from '../../http/paging.ts';
import type { FirewallRule, InstanceOperations } from '../port.ts';
import { checkRef } from './failures.ts';
import { needInstance } from './instances.ts';
import { type Session, pageOf } from './session.ts';

const Group = z.object({ id: z.string().min(1), description: z.string().nullable() });
type Group = z.infer<typeof Group>;
const OneGroup = z.object({ firewall_group: Group });
const GroupPage = pageOf('firewall_groups', Group);

const Rule = z.object({
  id: z.int(),
  ip_type: z.string(),
  protocol: z.string(),
  port: z.string().nullish(),
  subnet: z.string(),
  subnet_size: z.int(),
  source: z.string().nullish(),
});
type Rule = z.infer<typeof Rule>;
const RulePage = pageOf('firewall_rules', Rule);

/** A rule as the body of its making has it; equal texts are equal rules. */
interface RuleBody {
  ip_type: 'v4' | 'v6';
  protocol: FirewallRule['protocol'];
  subnet: string;
  subnet_size: number;
  port?: string;
}

export function firewallOperations(session: Session): Pick<InstanceOperations, 'setFirewall' | 'firewall'> {
  /** The instance's own group: the one linked to it, one that an interrupted call left behind, or a new one. */
  async function ownGroup(ref: string, linkedId: string): Promise<string> {
    if (linkedId !== '' && (await isOwnGroup(session, linkedId, ref))) return linkedId;
    const [left] = await searchPages(
      session.pages('/firewalls', GroupPage),
      ({ description }) => description === descriptionOf(ref),
    );
    if (left) return left.id;
    const body = { description: descriptionOf(ref) };
    return readJson(OneGroup, await session.call({ method: 'POST', path: '/firewalls', body })).firewall_group
      .id;
  }

  async function rulesOf(groupId: string): Promise<Rule[]> {
    const all: Rule[] = [];
    for await (const { items } of session.pages(`/firewalls/${checkRef(groupId)}/rules`, RulePage))
      all.push(...items);
    return all;
  }

  return {
    async setFirewall(ref, rules) {
      const wanted = new Map(rules.map((rule) => toBody(rule)).map((body) => [textOf(body), body]));
      const linkedId = (await needInstance(session, ref)).firewall_group_id ?? '';
      const groupId = await ownGroup(ref, linkedId);
      const present = await rulesOf(groupId);
      const kept = new Set(present.map((rule) => textOfRule(rule)));
      // First let in what is new: nobody is locked out in between.
      for (const [text, body] of wanted) {
        if (kept.has(text)) continue;
        await session.call({ method: 'POST', path: `/firewalls/${checkRef(groupId)}/rules`, body });
      }
      for (const rule of present) {
        if (wanted.has(textOfRule(rule) ?? '')) continue;
        const path = `/firewalls/${checkRef(groupId)}/rules/${rule.id}`;
        await session.callUnlessGone({ method: 'DELETE', path });
      }
      if (linkedId === groupId) return;
      const body = { firewall_group_id: groupId };
      await session.call({ method: 'PATCH', path: `/instances/${checkRef(ref)}`, body });
    },

    async firewall(ref) {
      const { firewall_group_id: groupId } = await needInstance(session, ref);
      if (!groupId) return null;
      return (await rulesOf(groupId)).map(toRule).filter((rule) => rule !== null);
    },
  };
}

/**
 * Deletes the group that {@link firewallOperations} made for an instance which is gone now; leaves anybody else's alone. Best
 * effort: the instance's deletion is done and must not look failed, and a group that stays behind costs nothing.
 */
export async function dropOwnGroup(session: Session, groupId: string, ref: string): Promise<void> {
  try {
    if (!(await isOwnGroup(session, groupId, ref))) return;
    await session.callUnlessGone({ method: 'DELETE', path: `/firewalls/${checkRef(groupId)}` });
  } catch (error) {
    if (!(error instanceof TenureFailure)) throw error;
  }
}

async function isOwnGroup(session: Session, groupId: string, ref: string): Promise<boolean> {
  const exchange = await session.callUnlessGone({ method: 'GET', path: `/firewalls/${checkRef(groupId)}` });
  return exchange !== null && readJson(OneGroup, exchange).firewall_group.description === descriptionOf(ref);
}

function descriptionOf(ref: string): string {
  return `tenure-firewall:${ref}`;
}

/** @throws TenureFailure `refused` (`bad-request`) for what is not a rule. */
function toBody({ protocol, ports, source }: FirewallRule): RuleBody {
  const [, subnet = '', size = ''] = /^([^/]+)\/(\d{1,3})$/.exec(source) ?? [];
  const version = isIP(subnet);
  const isWhole = (ports === null) === (protocol === 'icmp');
  if (version === 0 || Number(size) > (version === 4 ? 32 : 128) || !isWhole) {
    const message = `Not a firewall rule: ${protocol} from "${source}".`;
    throw new TenureFailure('refused', message, { reason: BAD_REQUEST });
  }
  return {
    ip_type: version === 4 ? 'v4' : 'v6',
    protocol,
    subnet: canonical(subnet),
    subnet_size: Number(size),
    ...(ports && { port: ports.from === ports.to ? `${ports.from}` : `${ports.from}:${ports.to}` }),
  };
}

/** `null` for what Tenure has no words for: other protocols, and sources that are not networks. */
function toRule({ protocol, port, subnet, subnet_size, source }: Rule): FirewallRule | null {
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'icmp') return null;
  if (source) return null;
  const network = `${canonical(subnet)}/${subnet_size}`;
  if (protocol === 'icmp') return { protocol, ports: null, source: network };
  const match = /^(\d+)(?:\s*[:-]\s*(\d+))?$/.exec(port ?? '');
  if (!match) return null;
  return { protocol, ports: { from: Number(match[1]), to: Number(match[2] ?? match[1]) }, source: network };
}

function textOfRule(rule: Rule): string | null {
  const known = toRule(rule);
  return known && textOf(toBody(known));
}

function textOf({ ip_type, protocol, subnet, subnet_size, port = '' }: RuleBody): string {
  return [ip_type, protocol, subnet, subnet_size, port].join(' ');
}

/** One spelling of an IPv6 address (RFC 5952), as URLs have it. */
function canonical(subnet: string): string {
  return isIP(subnet) === 6 ? new URL(`http://[${subnet}]`).hostname.slice(1, -1) : subnet;
}
