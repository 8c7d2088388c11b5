/** Starting and restarting, by all the ways that the API has, with its ids of deployments that are not there. */
import express, { type Router } from 'express';
import { lookUp } from '../shared/lookup.ts';
import { ApiError, notFound } from './errors.ts';
import { presentDeployment } from './presenting.ts';
import { type Sandbox, methodsOf, resourceOf } from './sandbox.ts';
import { type Deployment, type Resource, newUuid } from './state.ts';

interface Answer {
  message: string;
  deployment_uuid?: string;
}

const QUEUE_FULL = 'Deployment queue is full. Please wait for existing deployments to complete.';
const QUEUED_ALREADY = 'Deployment already queued for this commit.';

/** `POST /applications/{uuid}/start` and `POST /services/{uuid}/start`. */
export function startOf(sandbox: Sandbox, resource: Resource): Answer {
  if (resource.kind === 'application')
    return deployQuietly(sandbox, resource, false, 'Deployment request queued.');
  if (resource.status.includes('running')) throw new ApiError(400, 'Service is already running.');
  sandbox.lifecycle.queue(resource, 'starting');
  return { message: 'Service starting request queued.' };
}

/** `POST …/restart`. */
export function restartOf(sandbox: Sandbox, resource: Resource): Answer {
  if (resource.kind === 'application')
    return deployQuietly(sandbox, resource, true, 'Restart request queued.');
  sandbox.lifecycle.queue(resource, 'starting');
  return { message: 'Service restarting request queued.' };
}

/** Whether an answer names a deployment that was never queued. */
export function phantom({ store }: Sandbox, { deployment_uuid: uuid }: Answer): boolean {
  return uuid !== undefined && !lookUp(store.state.deployments, uuid);
}

/** Says nothing of a full queue, and answers with an id all the same. */
function deployQuietly(sandbox: Sandbox, resource: Resource, restartOnly: boolean, message: string): Answer {
  const { store, lifecycle } = sandbox;
  if (store.state.control.isQueueFull) return { message, deployment_uuid: newUuid() };
  if (activeOf(sandbox, resource)) return { message: QUEUED_ALREADY };
  return { message, deployment_uuid: lifecycle.deploy(resource, restartOnly).uuid };
}

function activeOf({ store }: Sandbox, { uuid }: Resource): Deployment | undefined {
  return Object.values(store.state.deployments).find(
    ({ applicationUuid, status }) => applicationUuid === uuid && ['queued', 'in_progress'].includes(status),
  );
}

/** `/deploy` and `/deployments`. */
export function deploymentRoutes(sandbox: Sandbox): Router {
  const { store, lifecycle } = sandbox;
  const router = express.Router();

  methodsOf(router, '/deploy', {
    post: (req, res) => {
      const { uuid: wanted } = req.query;
      const uuids = typeof wanted === 'string' ? wanted.split(',').filter(Boolean) : [];
      if (uuids.length === 0) throw new ApiError(400, 'You must provide uuid or tag.');
      const found = uuids.flatMap((uuid) => lookUp(store.state.resources, uuid) ?? []);
      if (found.length === 0) throw new ApiError(404, 'No resources found.');
      const deployments = found.map((resource) => {
        const { name, uuid, kind } = resource;
        if (kind === 'service') {
          lifecycle.queue(resource, 'starting');
          return {
            message: `Service ${name} started. It could take a while, be patient.`,
            resource_uuid: uuid,
          };
        }
        if (store.state.control.isQueueFull) throw new ApiError(429, QUEUE_FULL, {}, { 'Retry-After': '60' });
        const isActive = activeOf(sandbox, resource) !== undefined;
        return {
          message: isActive ? QUEUED_ALREADY : `Application ${name} deployment queued.`,
          resource_uuid: uuid,
          deployment_uuid: isActive ? newUuid() : lifecycle.deploy(resource, false).uuid,
        };
      });
      res.json({ deployments });
    },
  });

  methodsOf(router, '/deployments', {
    get: (_req, res) => {
      const active = Object.values(store.state.deployments).filter(({ status }) =>
        ['queued', 'in_progress'].includes(status),
      );
      res.json(active.map(presentDeployment));
    },
  });
  methodsOf(router, '/deployments/applications/:uuid', {
    get: (req, res) => {
      const { uuid } = resourceOf(sandbox, 'application', req);
      const [skip, take] = [Number(req.query['skip'] ?? 0), Number(req.query['take'] ?? 10)];
      const all = Object.values(store.state.deployments)
        .filter(({ applicationUuid }) => applicationUuid === uuid)
        .sort((a, b) => b.seq - a.seq);
      res.json({ count: all.length, deployments: all.slice(skip, skip + take).map(presentDeployment) });
    },
  });
  methodsOf(router, '/deployments/:uuid/cancel', {
    post: (req, res) => {
      const deployment = lookUp(store.state.deployments, String(req.params['uuid']));
      if (!deployment) throw notFound('Deployment');
      const { uuid, status } = deployment;
      if (!lifecycle.cancel(deployment))
        throw new ApiError(400, `Deployment cannot be cancelled. Current status: ${status}`);
      const message = 'Deployment cancelled successfully.';
      res.json({ message, deployment_uuid: uuid, status: 'cancelled-by-user' });
    },
  });
  methodsOf(router, '/deployments/:uuid', {
    get: (req, res) => {
      const deployment = lookUp(store.state.deployments, String(req.params['uuid']));
      if (!deployment) throw notFound('Deployment');
      res.json(presentDeployment(deployment));
    },
  });
  return router;
}
