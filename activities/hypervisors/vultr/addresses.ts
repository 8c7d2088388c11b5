/** Public addresses: the first IPv4 one, further IPv4 ones, and at most one IPv6 network, which stays once it is there. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { readJson } from '../../http/answers.ts';
import type { InstanceOperations, ProviderAddress } from '../port.ts';
import { badRef, checkRef, unsupported } from './failures.ts';
import { OneInstance, needInstance, realAddress } from './instances.ts';
import { type Session, pageOf } from './session.ts';

/** The reference of an instance's IPv6 network: there is one, and its address may still be to come. */
const IPV6 = 'ipv6';

const Ipv4 = z.object({ ip: z.string(), type: z.string() }).transform((one) => ({ ...one, id: one.ip }));
type Ipv4 = z.infer<typeof Ipv4>;
const Ipv4Page = pageOf('ipv4s', Ipv4);
const OneIpv4 = z.object({ ipv4: z.object({ ip: z.string().min(1) }) });

export function addressOperations(
  session: Session,
): Pick<InstanceOperations, 'addAddress' | 'addresses' | 'removeAddress'> {
  async function publicIpv4s(ref: string): Promise<Ipv4[]> {
    const all: Ipv4[] = [];
    for await (const { items } of session.pages(`/instances/${checkRef(ref)}/ipv4`, Ipv4Page))
      all.push(...items);
    return all.filter(({ type }) => type !== 'private');
  }

  async function addIpv6(ref: string): Promise<ProviderAddress> {
    const body = { enable_ipv6: true };
    const exchange = await session.call({ method: 'PATCH', path: `/instances/${checkRef(ref)}`, body });
    return ipv6Of(ref, readJson(OneInstance, exchange).instance.v6_main_ip);
  }

  return {
    async addAddress(ref, family) {
      if (family === 6) return addIpv6(ref);
      // Its owner decides when to restart: until then the new address is there, but the guest does not know it.
      const path = `/instances/${checkRef(ref)}/ipv4`;
      const exchange = await session.call({ method: 'POST', path, body: { reboot: false } });
      return toAddress(ref, readJson(OneIpv4, exchange).ipv4.ip);
    },

    async addresses(ref) {
      const { v6_main_ip } = await needInstance(session, ref);
      const ipv4s = (await publicIpv4s(ref)).map(({ ip }) => toAddress(ref, ip));
      return v6_main_ip ? [...ipv4s, ipv6Of(ref, v6_main_ip)] : ipv4s;
    },

    async removeAddress(ref, addressRef) {
      if (addressRef === IPV6) {
        throw unsupported('Vultr does not take an IPv6 network back.', 'It is free of charge and can stay.');
      }
      if (isIP(addressRef) !== 4) throw badRef(addressRef);
      const address = (await publicIpv4s(ref)).find(({ ip }) => ip === addressRef);
      if (address === undefined) return;
      if (address.type === 'main_ip') {
        throw unsupported(
          'Vultr does not take a server’s first address back.',
          'Give back an extra address, or delete the server.',
        );
      }
      await session.callUnlessGone({
        method: 'DELETE',
        path: `/instances/${checkRef(ref)}/ipv4/${addressRef}`,
      });
    },
  };
}

function toAddress(instanceRef: string, ip: string): ProviderAddress {
  return { ref: ip, address: realAddress(ip), instanceRef };
}

function ipv6Of(instanceRef: string, ip: string | null | undefined): ProviderAddress {
  return { ref: IPV6, address: realAddress(ip ?? ''), instanceRef };
}
