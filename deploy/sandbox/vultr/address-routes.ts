import express, { type Request, type Router } from 'express';
import { drawAddress } from '../guests/addresses.ts';
import { badRequest } from './errors.ts';
import { rebootInstance, refuseUnlessReady } from './instance-change.ts';
import { takenAddresses } from './lifecycle.ts';
import { methodsOf } from './methods.ts';
import { page, placed } from './paging.ts';
import { createIpv4Shape, readBody } from './requests.ts';
import { type Sandbox, instanceOf } from './sandbox.ts';
import type { InstanceRecord } from './state.ts';

/** `/instances/{id}/ipv4` and `/ipv6`. The guest itself never listens on an extra address. */
export function addressRoutes(sandbox: Sandbox): Router {
  const { store, ledger } = sandbox;
  const router = express.Router();
  const asked = (req: Request): InstanceRecord => instanceOf(sandbox, String(req.params['id']));

  methodsOf(router, '/:id/ipv4', {
    get: (req, res) => {
      const { shown, meta } = page(req, placed(ipv4sOf(asked(req))));
      res.json({ ipv4s: shown, meta });
    },
    post: async (req, res) => {
      const record = asked(req);
      const { reboot } = readBody(createIpv4Shape, req.body);
      refuseUnlessReady(record, 'add an IP address to');
      const ip = drawAddress(takenAddresses(store.state.instances));
      record.extraIpv4s = [...(record.extraIpv4s ?? []), ip];
      store.save('instances', record.shown.id);
      ledger.record({ effect: 'ipv4.added', id: record.shown.id, detail: { ip } });
      if (reboot) await rebootInstance(sandbox, record);
      res.status(202).json({ ipv4: extraIpv4(ip) });
    },
  });

  methodsOf(router, '/:id/ipv4/:ip', {
    delete: (req, res) => {
      const record = asked(req);
      const ip = String(req.params['ip']);
      if (ip === record.shown.main_ip) throw badRequest('Unable to remove the main IP address.');
      if (!record.extraIpv4s?.includes(ip)) throw badRequest('Invalid IP address.');
      refuseUnlessReady(record, 'remove an IP address from');
      record.extraIpv4s = record.extraIpv4s.filter((each) => each !== ip);
      store.save('instances', record.shown.id);
      ledger.record({ effect: 'ipv4.removed', id: record.shown.id, detail: { ip } });
      res.status(204).end();
    },
  });

  methodsOf(router, '/:id/ipv6', {
    get: (req, res) => {
      const networks = asked(req).shown.v6_networks.map(({ main_ip, network, network_size }) => ({
        ip: main_ip,
        network,
        network_size,
        type: 'main_ip',
      }));
      const { shown, meta } = page(req, placed(networks));
      res.json({ ipv6s: shown, meta });
    },
  });

  return router;
}

function ipv4sOf({ shown, extraIpv4s = [] }: InstanceRecord): object[] {
  if (shown.status === 'pending') return [];
  const { main_ip: ip, netmask_v4: netmask, gateway_v4: gateway } = shown;
  return [{ ip, netmask, gateway, type: 'main_ip', reverse: reverseOf(ip) }, ...extraIpv4s.map(extraIpv4)];
}

function extraIpv4(ip: string): object {
  return { ip, netmask: '255.255.255.255', gateway: '', type: 'secondary_ip', reverse: reverseOf(ip) };
}

function reverseOf(ip: string): string {
  return `${ip}.vultrusercontent.com`;
}
