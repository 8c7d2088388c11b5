import express, { type Router } from 'express';
import { z } from 'zod';
import { regions } from './catalog.ts';
import { notFound } from './errors.ts';
import { deleteInstance } from './instance-change.ts';
import { methodsOf } from './methods.ts';
import { readBody } from './requests.ts';
import { type Sandbox, instanceOf } from './sandbox.ts';
import { crowdSnapshots } from './snapshot-routes.ts';

const quotaShape = z.strictObject({ instances: z.int().nonnegative() });
const countShape = z.strictObject({ count: z.int().nonnegative() });
const timesShape = z.strictObject({ times: z.int().nonnegative().default(1) });

/**
 * Brings about what happens to real accounts; mount at `/__sandbox/vultr`:
 * - `POST`/`DELETE /regions/{id}/sold-out`: no plan can be had there, until deleted;
 * - `POST /quota {instances}`: the account's limit of instances;
 * - `POST /stuck {times}`: that many of the next instances stay pending for ever;
 * - `POST /silent-guests {times}`: that many of the next instances get ready, but nothing answers on them;
 * - `POST`/`DELETE /hold`: nothing moves on by itself, until deleted;
 * - `POST /instances/{id}/advance`: takes the instance's next step now;
 * - `POST /instances/{id}/snapshots {count}`: makes that many snapshots of it at once;
 * - `DELETE /instances/{id}`: deletes an instance behind its owner's back, whatever its state.
 */
export function controlRoutes(sandbox: Sandbox): Router {
  const { store, lifecycle } = sandbox;
  const { control } = store.state;
  const router = express.Router();
  router.use(express.json());

  const setSoldOut = (region: string, isSoldOut: boolean): void => {
    if (!regions.some(({ id }) => id === region)) throw notFound('Invalid region.');
    const others = control.soldOutRegions.filter((id) => id !== region);
    control.soldOutRegions = isSoldOut ? [...others, region] : others;
    store.saveAll('control');
  };
  methodsOf(router, '/regions/:id/sold-out', {
    post: (req, res) => {
      setSoldOut(String(req.params['id']), true);
      res.status(204).end();
    },
    delete: (req, res) => {
      setSoldOut(String(req.params['id']), false);
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
  methodsOf(router, '/stuck', {
    post: (req, res) => {
      control.stuck = readBody(timesShape, req.body).times;
      store.saveAll('control');
      res.status(204).end();
    },
  });
  methodsOf(router, '/silent-guests', {
    post: (req, res) => {
      control.silent = readBody(timesShape, req.body).times;
      store.saveAll('control');
      res.status(204).end();
    },
  });
  methodsOf(router, '/hold', {
    post: (_req, res) => {
      lifecycle.hold();
      res.status(204).end();
    },
    delete: (_req, res) => {
      lifecycle.release();
      res.status(204).end();
    },
  });
  methodsOf(router, '/instances/:id/advance', {
    post: async (req, res) => {
      await lifecycle.advance(instanceOf(sandbox, String(req.params['id'])));
      res.status(204).end();
    },
  });
  methodsOf(router, '/instances/:id/snapshots', {
    post: async (req, res) => {
      const { count } = readBody(countShape, req.body);
      await crowdSnapshots(sandbox, instanceOf(sandbox, String(req.params['id'])), count);
      res.status(204).end();
    },
  });
  methodsOf(router, '/instances/:id', {
    delete: async (req, res) => {
      await deleteInstance(sandbox, instanceOf(sandbox, String(req.params['id'])), 'sandbox');
      res.status(204).end();
    },
  });
  return router;
}
