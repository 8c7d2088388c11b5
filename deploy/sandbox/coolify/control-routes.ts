import express, { type Router } from 'express';
import { z } from 'zod';
import { lookUp } from '../shared/lookup.ts';
import { notFound } from './errors.ts';
import { readBody } from './requests.ts';
import { type Sandbox, methodsOf } from './sandbox.ts';
import type { Resource } from './state.ts';

const controlShape = z.strictObject({
  stuck: z.int().nonnegative().optional(),
  failing: z.int().nonnegative().optional(),
  isQueueFull: z.boolean().optional(),
  isHeld: z.boolean().optional(),
  access: z.enum(['open', 'api-disabled', 'ip-refused', 'no-ability', 'no-team']).optional(),
});
const reachableShape = z.strictObject({ isReachable: z.boolean() });

/**
 * The levers at `/__sandbox/coolify`:
 * - `POST /control` sets any of `stuck` (so many of the next resources never come up), `failing` (so many of the next deployments
 *   fail), `isQueueFull`, `isHeld` (nothing that is queued is carried out), and `access` (`open`, `api-disabled`, `ip-refused`, `no-ability`, `no-team`);
 * - `POST /servers/{uuid}` with `{ isReachable }` takes a server away and brings it back;
 * - `GET /resources/{uuid}` shows all that is known of an application or service, its variables in plain text;
 * - `PATCH /resources/{uuid}` with `{ status }` is what Coolify may see at its next look, `DELETE` removes it behind everybody's back.
 */
export function controlRoutes(sandbox: Sandbox): Router {
  const { store, lifecycle } = sandbox;
  const router = express.Router();
  router.use(express.json());
  const asked = (uuid: unknown): Resource => {
    const resource = lookUp(store.state.resources, String(uuid));
    if (!resource) throw notFound('Resource');
    return resource;
  };

  methodsOf(router, '/control', {
    post: (req, res) => {
      Object.assign(store.state.control, readBody(controlShape, req.body));
      store.saveAll('control');
      lifecycle.rearm();
      res.status(204).end();
    },
  });
  methodsOf(router, '/servers/:uuid', {
    post: (req, res) => {
      const server = lookUp(store.state.servers, String(req.params['uuid']));
      if (!server) throw notFound('Server');
      server.isReachable = readBody(reachableShape, req.body).isReachable;
      store.save('servers', server.uuid);
      res.status(204).end();
    },
  });
  methodsOf(router, '/resources/:uuid', {
    get: (req, res) => {
      res.json(asked(req.params['uuid']));
    },
    patch: (req, res) => {
      const resource = asked(req.params['uuid']);
      resource.status = readBody(z.strictObject({ status: z.string() }), req.body).status;
      store.save('resources', resource.uuid);
      res.status(204).end();
    },
    delete: async (req, res) => {
      await lifecycle.remove(asked(req.params['uuid']), 'sandbox');
      res.status(204).end();
    },
  });
  return router;
}
