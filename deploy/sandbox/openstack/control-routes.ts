import { randomUUID } from 'node:crypto';
import express, { type Router } from 'express';
import { z } from 'zod';
import { zones } from './catalog.ts';
import { notFound } from './errors.ts';
import { methodsOf } from './methods.ts';
import { readBody } from './requests.ts';
import { type Sandbox, serverOf } from './sandbox.ts';
import { apiTime, nextSeq } from './state.ts';

const quotaShape = z.strictObject({ instances: z.int().nonnegative() });
const timesShape = z.strictObject({ times: z.int().nonnegative().default(1) });
const LEVERS = { '/stuck': 'stuck', '/no-host': 'noHost', '/no-volume': 'noVolume' } as const;

/**
 * Brings about what happens in real clouds; mount at `/__sandbox/openstack`:
 * - `POST`/`DELETE /zones/{zone}/closed`: no host of the zone is up, until deleted;
 * - `POST /quota {instances}`: the project's limit of servers;
 * - `POST /stuck {times}`: that many of the next servers stay in BUILD for ever;
 * - `POST /no-host {times}`: that many of the next servers find no host and turn to ERROR;
 * - `POST /no-volume {times}`: that many of the next volumes cannot be made;
 * - `POST /revoke-tokens`: every token given so far is refused;
 * - `POST /snapshots {times}`: adds that many empty snapshots;
 * - `GET /servers/{id}/user-data`: what its first boot reads;
 * - `DELETE /servers/{id}`: deletes a server behind its owner's back, at once and whatever its state.
 */
export function controlRoutes(sandbox: Sandbox): Router {
  const { store, lifecycle, ledger } = sandbox;
  const { control, images } = store.state;
  const router = express.Router();
  router.use(express.json());

  const setClosed = (zone: string, isClosed: boolean): void => {
    if (!zones.some((each) => each === zone)) throw notFound('Zone', zone);
    const others = control.closedZones.filter((each) => each !== zone);
    control.closedZones = isClosed ? [...others, zone] : others;
    store.saveAll('control');
  };
  methodsOf(router, '/zones/:zone/closed', {
    post: (req, res) => {
      setClosed(String(req.params['zone']), true);
      res.status(204).end();
    },
    delete: (req, res) => {
      setClosed(String(req.params['zone']), false);
      res.status(204).end();
    },
  });
  methodsOf(router, '/quota', {
    post: (req, res) => {
      control.instanceLimit = readBody(quotaShape, req.body).instances;
      store.saveAll('control');
      res.status(204).end();
    },
  });
  for (const [path, lever] of Object.entries(LEVERS)) {
    methodsOf(router, path, {
      post: (req, res) => {
        control[lever] = readBody(timesShape, req.body).times;
        store.saveAll('control');
        res.status(204).end();
      },
    });
  }
  methodsOf(router, '/revoke-tokens', {
    post: (_req, res) => {
      control.tokenGeneration += 1;
      store.saveAll('control');
      res.status(204).end();
    },
  });
  methodsOf(router, '/snapshots', {
    post: (req, res) => {
      for (let made = 0; made < readBody(timesShape, req.body).times; made += 1) {
        const id = randomUUID();
        images[id] = {
          seq: nextSeq(store),
          id,
          name: `crowd-${made}`,
          status: 'active',
          created: apiTime(),
          size: 1,
          minDisk: 1,
          family: 'linux',
          osName: 'Linux',
          isEmpty: true,
          properties: { image_type: 'snapshot' },
        };
        store.save('images', id);
      }
      res.status(204).end();
    },
  });
  methodsOf(router, '/servers/:id/user-data', {
    get: (req, res) => {
      const { userData } = serverOf(sandbox, String(req.params['id']));
      res.json({ userData: Buffer.from(userData, 'base64').toString('utf8') });
    },
  });
  methodsOf(router, '/servers/:id', {
    delete: async (req, res) => {
      const record = serverOf(sandbox, String(req.params['id']));
      await lifecycle.remove(record);
      ledger.record({
        effect: 'server.deleted',
        id: record.id,
        detail: { by: 'sandbox', tags: record.tags },
      });
      res.status(204).end();
    },
  });
  return router;
}
