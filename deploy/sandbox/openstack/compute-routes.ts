import express, { type Request, type Response, type Router } from 'express';
import { flavors, microversions } from './catalog.ts';
import { badRequest, conflict, notFound, wrongState } from './errors.ts';
import { methodsOf } from './methods.ts';
import { pageOf } from './paging.ts';
import { briefly, presentFlavor, presentServer, volumesOf } from './present.ts';
import {
  attachmentShape,
  consoleShape,
  createServerShape,
  readBody,
  readMicroversion,
  readQuery,
  updateServerShape,
} from './requests.ts';
import { type Sandbox, serverOf, volumeOf } from './sandbox.ts';
import { carryOut, deleteServer, refuseConsole } from './server-actions.ts';
import { createServer } from './server-create.ts';
import type { ServerRecord } from './state.ts';

const SERVER_FILTERS = ['limit', 'marker', 'name', 'status', 'tags', 'sort_key', 'sort_dir', 'all_tenants'];
const FLAVOR_FILTERS = ['limit', 'marker', 'is_public', 'minRam', 'minDisk', 'sort_key', 'sort_dir'];

/** `/compute/v2.1`, below the version document. */
export function computeRoutes(sandbox: Sandbox): Router {
  const router = express.Router();
  const asked = (req: Request): ServerRecord => serverOf(sandbox, String(req.params['id']));
  const versionOf = (req: Request): number => readMicroversion(req, microversions);

  const listFlavors = (
    req: Request,
    res: Response,
    present: (flavor: (typeof flavors)[number]) => unknown,
  ): void => {
    const { shown, next } = pageOf(flavors, readQuery(req, FLAVOR_FILTERS));
    res.json({ flavors: shown.map(present), ...nextLink(req, 'flavors', next) });
  };
  methodsOf(router, '/flavors', {
    get: (req, res) => listFlavors(req, res, (flavor) => briefly(flavor, 'flavors')),
  });
  methodsOf(router, '/flavors/detail', { get: (req, res) => listFlavors(req, res, presentFlavor) });
  methodsOf(router, '/flavors/:id', {
    get: (req, res) => {
      const flavor = flavors.find(({ id }) => id === req.params['id']);
      if (!flavor) throw notFound('Flavor', String(req.params['id']));
      res.json({ flavor: presentFlavor(flavor) });
    },
  });

  methodsOf(router, '/limits', {
    get: (_req, res) => {
      res.json({ limits: { rate: [], absolute: limits(sandbox) } });
    },
  });

  const listServers = (req: Request, res: Response, present: (record: ServerRecord) => unknown): void => {
    const query = readQuery(req, SERVER_FILTERS);
    const { shown, next } = pageOf(listed(sandbox, query), query);
    res.json({ servers: shown.map(present), ...nextLink(req, 'servers', next) });
  };
  methodsOf(router, '/servers', {
    get: (req, res) => listServers(req, res, (record) => briefly(record, 'servers')),
    post: (req, res) => {
      const { server } = readBody(createServerShape, req.body);
      const { id, name } = createServer(sandbox, server, versionOf(req));
      const { links } = briefly({ id, name }, 'servers');
      res.status(202).json({
        server: { id, links, adminPass: 'not-used', 'OS-DCF:diskConfig': 'MANUAL', security_groups: [] },
      });
    },
  });
  methodsOf(router, '/servers/detail', {
    get: (req, res) => listServers(req, res, (record) => presentServer(sandbox, record, versionOf(req))),
  });
  methodsOf(router, '/servers/:id', {
    get: (req, res) => {
      res.json({ server: presentServer(sandbox, asked(req), versionOf(req)) });
    },
    put: (req, res) => {
      const record = asked(req);
      const { name } = readBody(updateServerShape, req.body).server;
      if (name !== undefined && name !== record.name) {
        record.name = name;
        sandbox.store.save('servers', record.id);
        sandbox.ledger.record({ effect: 'server.renamed', id: record.id, detail: { name } });
      }
      res.json({ server: presentServer(sandbox, record, versionOf(req)) });
    },
    delete: (req, res) => {
      deleteServer(sandbox, asked(req));
      res.status(204).end();
    },
  });
  methodsOf(router, '/servers/:id/action', {
    post: async (req, res) => {
      const { status, body } = await carryOut(sandbox, asked(req), req.body, versionOf(req));
      if (body === undefined) res.status(status).end();
      else res.status(status).json(body);
    },
  });
  methodsOf(router, '/servers/:id/remote-consoles', {
    post: (req, res) => {
      const { id, status } = asked(req);
      const { protocol, type } = readBody(consoleShape, req.body).remote_console;
      refuseConsole(type);
      if (status === 'BUILD') throw conflict(`Instance ${id} is not ready`);
      const url = `http://127.0.0.1:6080/vnc_auto.html?path=%3Ftoken%3D${id}`;
      res.json({ remote_console: { protocol, type, url } });
    },
  });
  attachmentRoutes(router, sandbox, asked);
  return router;
}

function attachmentRoutes(router: Router, sandbox: Sandbox, asked: (req: Request) => ServerRecord): void {
  const { store, ledger, lifecycle } = sandbox;
  methodsOf(router, '/servers/:id/os-volume_attachments', {
    get: (req, res) => {
      const attachments = volumesOf(sandbox, asked(req).id);
      res.json({
        volumeAttachments: attachments.map(({ id }) => ({ id, volumeId: id, serverId: asked(req).id })),
      });
    },
    post: (req, res) => {
      const server = asked(req);
      const { volumeAttachment } = readBody(attachmentShape, req.body);
      const { volumeId, delete_on_termination } = volumeAttachment;
      if (delete_on_termination !== undefined && readMicroversion(req, microversions) < 79) {
        throw badRequest("Additional properties are not allowed ('delete_on_termination' was unexpected)");
      }
      const volume = volumeOf(sandbox, volumeId);
      if (server.task !== null || !['ACTIVE', 'SHUTOFF'].includes(server.status)) {
        throw wrongState('attach_volume', server.id, `vm_state ${server.status}`);
      }
      if (volume.status !== 'available') {
        throw badRequest(
          `Invalid volume: volume ${volumeId} status must be 'available'. Currently in '${volume.status}'`,
        );
      }
      const deleteOnTermination = String(delete_on_termination).toLowerCase() === 'true';
      Object.assign(volume, { status: 'in-use', attachedTo: server.id, deleteOnTermination });
      store.save('volumes', volumeId);
      ledger.record({ effect: 'volume.attached', id: volumeId, detail: { server: server.id } });
      res.json({ volumeAttachment: { id: volumeId, volumeId, serverId: server.id, device: '/dev/vdb' } });
    },
  });
  methodsOf(router, '/servers/:id/os-volume_attachments/:volume', {
    delete: (req, res) => {
      const server = asked(req);
      const volume = volumeOf(sandbox, String(req.params['volume']));
      if (volume.attachedTo !== server.id) throw notFound('VolumeAttachment', volume.id);
      if (volume.bootable) throw badRequest('Cannot detach a root device volume');
      Object.assign(volume, { status: 'detaching', attachedTo: null });
      lifecycle.planVolume(volume, 'detached');
      ledger.record({ effect: 'volume.detached', id: volume.id, detail: { server: server.id } });
      res.status(202).end();
    },
  });
}

/** The project's servers, newest first, narrowed by the request's filters. */
function listed({ store }: Sandbox, query: Record<string, string>): ServerRecord[] {
  const { name, status, tags } = query;
  const wanted = tags?.split(',');
  return Object.values(store.state.servers)
    .filter((record) => record.status !== 'DELETED')
    .filter((record) => name === undefined || record.name.includes(name))
    .filter((record) => status === undefined || record.status === status)
    .filter((record) => wanted === undefined || wanted.every((tag) => record.tags.includes(tag)))
    .sort((a, b) => b.seq - a.seq);
}

function nextLink(req: Request, list: string, marker: string | null): Record<string, unknown> {
  if (marker === null) return {};
  const query = new URLSearchParams({ ...(req.query as Record<string, string>), marker });
  const href = `http://openstack.invalid${req.originalUrl.split('?')[0] ?? ''}?${query.toString()}`;
  return { [`${list}_links`]: [{ rel: 'next', href }] };
}

function limits({ store }: Sandbox): Record<string, number> {
  const servers = Object.values(store.state.servers);
  const used = servers.map(({ flavor }) => flavors.find(({ name }) => name === flavor));
  return {
    maxTotalInstances: store.state.control.instanceLimit,
    maxTotalCores: 20_000,
    maxTotalRAMSize: -1,
    maxServerMeta: 128,
    maxImageMeta: 128,
    maxTotalKeypairs: 100,
    totalInstancesUsed: servers.length,
    totalCoresUsed: used.reduce((sum, flavor) => sum + (flavor?.vcpus ?? 0), 0),
    totalRAMUsed: used.reduce((sum, flavor) => sum + (flavor?.ram ?? 0), 0),
  };
}
