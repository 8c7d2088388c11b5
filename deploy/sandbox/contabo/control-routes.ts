import express, { type Router } from 'express';
import { z } from 'zod';
import { regions } from './catalog.ts';
import { cancelInstance } from './changing.ts';
import { notFound } from './errors.ts';
import { read } from './requests.ts';
import { type Sandbox, instanceAsked } from './sandbox.ts';
import { statuses } from './state.ts';

const quotaShape = z.strictObject({ instances: z.int().nonnegative() });
const timesShape = z.strictObject({ times: z.int().nonnegative().default(1) });
const heldShape = timesShape.extend({ status: z.enum(statuses).default('provisioning') });

/**
 * Brings about what happens to real accounts; mount at `/__sandbox/contabo`:
 * - `POST`/`DELETE /regions/{slug}/sold-out`: nothing can be had there, until deleted;
 * - `POST /quota {instances}`: the account's limit of instances; cancelled ones do not count;
 * - `POST`/`DELETE /unpaid`: the account owes money, and orders are refused with 402, until deleted;
 * - `POST /held {status, times}`: that many of the next instances get this status and stay so;
 * - `POST /silent-guests {times}`: that many of the next instances get ready, but nothing answers on them;
 * - `POST /tokens/revoke`: every token given so far is refused;
 * - `POST /instances/{id}/advance`: takes the instance's next step now, or lets go of one that is held;
 * - `POST /instances/{id}/cancel`: cancels it as a person in the control panel does;
 * - `DELETE /instances/{id}`: ends it at once, as the end of its period does;
 * - `GET /instances/{id}/user-data`: the first-boot data that it was last installed with.
 */
export function controlRoutes(sandbox: Sandbox): Router {
  const { store, lifecycle } = sandbox;
  const { control } = store.state;
  const router = express.Router();
  router.use(express.json());
  const change = (apply: () => void): void => {
    apply();
    store.saveAll('control');
  };

  router.all('/regions/:slug/sold-out', (req, res) => {
    const { slug } = req.params;
    if (!regions.some((each) => each.slug === slug)) throw notFound(`There is no region ${slug}`);
    const others = control.soldOutRegions.filter((each) => each !== slug);
    change(() => (control.soldOutRegions = req.method === 'POST' ? [...others, slug] : others));
    res.status(204).end();
  });
  router.post('/quota', (req, res) => {
    const { instances } = read(quotaShape, req.body);
    change(() => (control.instanceLimit = instances));
    res.status(204).end();
  });
  router.all('/unpaid', (req, res) => {
    change(() => (control.unpaid = req.method === 'POST'));
    res.status(204).end();
  });
  router.post('/held', (req, res) => {
    const held = read(heldShape, req.body);
    change(() => (control.held = held));
    res.status(204).end();
  });
  router.post('/silent-guests', (req, res) => {
    const { times } = read(timesShape, req.body);
    change(() => (control.silent = times));
    res.status(204).end();
  });
  router.post('/tokens/revoke', (_req, res) => {
    change(() => (control.tokenGeneration += 1));
    res.status(204).end();
  });

  router.post('/instances/:instanceId/advance', async (req, res) => {
    const record = instanceAsked(sandbox, req);
    if (!record.next) lifecycle.plan(record, 'install');
    await lifecycle.advance(record);
    res.status(204).end();
  });
  router.post('/instances/:instanceId/cancel', (req, res) => {
    cancelInstance(sandbox, instanceAsked(sandbox, req), 'person');
    res.status(204).end();
  });
  router.delete('/instances/:instanceId', async (req, res) => {
    await lifecycle.end(instanceAsked(sandbox, req), 'sandbox');
    res.status(204).end();
  });
  router.get('/instances/:instanceId/user-data', (req, res) => {
    res.json({ userData: instanceAsked(sandbox, req).userData });
  });
  return router;
}
