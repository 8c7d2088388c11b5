/** Floating addresses. Neutron gives each port's own address at most one, so giving it twice does no harm. */
import { z } from 'zod';
import { TenureFailure } from '../../../schemas/failures.ts';
import { readJson } from '../../http/answers.ts';
import { BAD_REQUEST, NOT_FOUND } from '../../http/failures.ts';
import type { InstanceOperations, ProviderAddress } from '../port.ts';
import type { Cloud } from './cloud.ts';
import { isConflict } from './faults.ts';
import { FloatingIp, type Port, floatingIps, markOf, portsOf, unsupported } from './network.ts';
import { FLOATING_NETWORK, checkRef } from './plan.ts';
import { type Server, type Servers, addressOf, addressesOf, isPrivate } from './servers.ts';

const OneFloatingIp = z.object({ floatingip: FloatingIp });

export interface Addresses extends Pick<InstanceOperations, 'addAddress' | 'addresses' | 'removeAddress'> {
  /** Gives a server whose plan wants it its floating address, as soon as it has a port. */
  giveFirst(server: Server): Promise<void>;
}

/** @param externalNetwork where extra addresses come from, unless the server has its own such network. */
export function createAddresses(cloud: Cloud, servers: Servers, externalNetwork?: string): Addresses {
  const floatingOf = async (ports: Port[]): Promise<FloatingIp[]> =>
    (await Promise.all(ports.map(({ id }) => floatingIps(cloud, { port_id: id })))).flat();

  const give = async (server: Server, port: Port, network: string): Promise<FloatingIp> => {
    const floatingip = { floating_network_id: network, port_id: port.id, description: markOf(server.id) };
    const exchange = await cloud.call('network', {
      method: 'POST',
      path: '/floatingips',
      body: { floatingip },
    });
    return readJson(OneFloatingIp, exchange).floatingip;
  };

  return {
    async giveFirst(server) {
      const network = server.metadata[FLOATING_NETWORK];
      const [port] = await portsOf(cloud, server.id);
      if (network === undefined || !port || (await floatingOf([port])).length > 0) return;
      try {
        await give(server, port, network);
      } catch (error) {
        // Somebody else was faster; the next look shows it.
        if (!isConflict(error)) throw error;
      }
    },

    async addAddress(ref, family) {
      const server = await servers.require(ref);
      const network = server.metadata[FLOATING_NETWORK] ?? externalNetwork;
      if (family === 6) throw unsupported('OpenStack has no floating IPv6.', 'Use a network with IPv6.');
      if (network === undefined) {
        throw unsupported('It is not known from where to take it.', 'Set OPENSTACK_FLOATING_NETWORK.');
      }
      const ports = await portsOf(cloud, ref);
      const taken = new Set((await floatingOf(ports)).map(({ port_id }) => port_id));
      const port = ports.find(({ id }) => !taken.has(id));
      if (!port) {
        const message = 'Each network card of this server has a floating address already.';
        throw unsupported(message, 'Connect it to another network first.');
      }
      return toAddress(await give(server, port, network), ref);
    },

    async addresses(ref) {
      const server = await servers.require(ref);
      const first = addressOf(server);
      const own = addressesOf(server, 'fixed')
        .filter((address) => address === first || !isPrivate(address))
        .map((address): ProviderAddress => ({ ref: address, address, instanceRef: ref }));
      if (!(await cloud.has('network'))) return own;
      const floating = await floatingOf(await portsOf(cloud, ref));
      return [...own, ...floating.map((each) => toAddress(each, ref))];
    },

    async removeAddress(ref, addressRef) {
      const path = `/floatingips/${checkRef(addressRef)}`;
      const server = await servers.require(ref);
      const exchange = await cloud.callUnlessGone('network', { method: 'GET', path });
      if (!exchange) return;
      const { floatingip } = readJson(OneFloatingIp, exchange);
      const isOurs =
        floatingip.description === markOf(ref) ||
        (await portsOf(cloud, ref)).some(({ id }) => id === floatingip.port_id);
      if (!isOurs) {
        const message = `${addressRef} is not an address of ${ref}.`;
        throw new TenureFailure('refused', message, { reason: NOT_FOUND });
      }
      if (floatingip.floating_ip_address === addressOf(server)) {
        const message = 'The first address goes only with its server.';
        throw new TenureFailure('refused', message, { reason: BAD_REQUEST });
      }
      await cloud.callUnlessGone('network', { method: 'DELETE', path });
    },
  };
}

function toAddress({ id, floating_ip_address: address }: FloatingIp, ref: string): ProviderAddress {
  return { ref: id, address, instanceRef: ref };
}
