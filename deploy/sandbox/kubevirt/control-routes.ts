import express, { type Router } from 'express';
import { z } from 'zod';
import { lookUp } from '../shared/lookup.ts';
import type { Cluster } from './cluster.ts';
import type { GitReconciler } from './gitops.ts';
import { KINDS } from './kinds.ts';
import { NODES } from './machines.ts';
import { deleteObject } from './object-routes.ts';
import { notFound } from './status.ts';
import { readOptions } from './validation.ts';

const quotaShape = z.strictObject({ instances: z.int().nonnegative() });
const timesShape = z.strictObject({ times: z.int().nonnegative().default(1) });

/**
 * Brings about what happens to real clusters; mount at `/__sandbox/kubevirt`:
 * - `POST`/`DELETE /zones/{zone}/closed`: its nodes are cordoned, until deleted;
 * - `POST /quota {instances}`: the namespace's quota of machines;
 * - `POST /stuck {times}`: that many of the next machines stay as they are created;
 * - `POST /silent-guests {times}`: that many of the next machines run, but nothing answers on them;
 * - `POST /compact`: forgets all events, so that watches and list tokens are too old (410);
 * - `GET /machines/{name}/user-data`: what its last first boot read;
 * - `DELETE /machines/{name}`: deletes a machine behind its owner's back, at once;
 * - `POST /reconcile`: applies what is in the git repository now, and answers when that is done;
 * - `POST`/`DELETE /suspend`: the repository is not applied by itself, until deleted.
 */
export function controlRoutes(cluster: Cluster, git: GitReconciler | null): Router {
  const { store, objects, controller } = cluster;
  const { control } = store.state;
  const router = express.Router();
  router.use(express.json());

  const setClosed = (zone: string, isClosed: boolean): void => {
    if (!NODES.some((node) => node.zone === zone)) throw notFound(KINDS.node, zone);
    const others = control.closedZones.filter((each) => each !== zone);
    control.closedZones = isClosed ? [...others, zone] : others;
    store.saveAll('control');
  };
  router
    .route('/zones/:zone/closed')
    .post((req, res) => {
      setClosed(req.params.zone, true);
      res.status(204).end();
    })
    .delete((req, res) => {
      setClosed(req.params.zone, false);
      res.status(204).end();
    });
  router.post('/quota', (req, res) => {
    control.instanceLimit = readOptions(quotaShape, req.body).instances;
    store.saveAll('control');
    res.status(204).end();
  });
  router.post('/stuck', (req, res) => {
    control.stuck = readOptions(timesShape, req.body).times;
    store.saveAll('control');
    res.status(204).end();
  });
  router.post('/silent-guests', (req, res) => {
    control.silent = readOptions(timesShape, req.body).times;
    store.saveAll('control');
    res.status(204).end();
  });
  router.post('/compact', (_req, res) => {
    objects.compact();
    res.status(204).end();
  });
  router.get('/machines/:name/user-data', (req, res) => {
    const machine = lookUp(store.state.machines, req.params.name);
    if (!machine) throw notFound(KINDS.vm, req.params.name);
    res.json({ userData: machine.userData });
  });
  router.delete('/machines/:name', async (req, res) => {
    deleteObject(cluster, KINDS.vm, req.params.name, 'sandbox');
    await controller.removeNow(req.params.name);
    res.status(204).end();
  });
  router.post('/reconcile', async (_req, res) => {
    await git?.reconcile();
    res.status(204).end();
  });
  router
    .route('/suspend')
    .post((_req, res) => {
      git?.suspend();
      res.status(204).end();
    })
    .delete((_req, res) => {
      git?.resume();
      res.status(204).end();
    });
  return router;
}
