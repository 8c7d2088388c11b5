/** `/applications` and `/services`: what both have alike, and where they differ. */
import express, { type Request, type Router } from 'express';
import type { z } from 'zod';
import { type Source, createApplication, createService } from './creating.ts';
import { ApiError } from './errors.ts';
import { phantom, restartOf, startOf } from './deploying.ts';
import { presentApplication, presentService, presentVariable } from './presenting.ts';
import {
  bulkShape,
  createShapes,
  readBody,
  readCompose,
  updateApplicationShape,
  updateServiceShape,
  variableShape,
} from './requests.ts';
import {
  type Kind,
  type Sandbox,
  TITLES,
  bodyOf,
  flagOf,
  methodsOf,
  resourceOf,
  resourcesOf,
} from './sandbox.ts';
import { type Resource, apiTime, newUuid } from './state.ts';

export function applicationRoutes(sandbox: Sandbox): Router {
  const router = express.Router();
  methodsOf(router, '/', {
    get: (req, res) => {
      // None of the stand-in's applications bears a tag.
      const shown = req.query['tag'] === undefined ? resourcesOf(sandbox, 'application') : [];
      res.json(shown.map(presentApplication));
    },
  });
  for (const source of Object.keys(createShapes) as Source[]) {
    methodsOf(router, `/${source}`, {
      post: (req, res) => {
        const { uuid, fqdn } = createApplication(sandbox, source, bodyOf(req));
        res.status(201).json({ uuid, domains: fqdn });
      },
    });
  }
  shared(sandbox, 'application', router, {
    present: presentApplication,
    change: (body) => {
      const { domains, instant_deploy, force_domain_override, name, description, ...settings } = readBody(
        updateApplicationShape,
        body,
      );
      return {
        name,
        description,
        fqdn: domains,
        isInstant: instant_deploy,
        isForced: force_domain_override,
        settings,
      };
    },
  });
  return router;
}

export function serviceRoutes(sandbox: Sandbox): Router {
  const router = express.Router();
  methodsOf(router, '/', {
    get: (_req, res) => {
      res.json(resourcesOf(sandbox, 'service').map((resource) => presentService(resource, false)));
    },
    post: (req, res) => {
      const { uuid, fqdn } = createService(sandbox, bodyOf(req));
      res.status(201).json({ uuid, domains: fqdn === null ? [] : [fqdn] });
    },
  });
  shared(sandbox, 'service', router, {
    present: (resource) => presentService(resource, true),
    change: (body) => {
      const {
        docker_compose_raw: encoded,
        name,
        description,
        instant_deploy,
      } = readBody(updateServiceShape, body);
      const settings = encoded === undefined ? {} : { docker_compose_raw: readCompose(encoded) };
      return { name, description, isInstant: instant_deploy, settings };
    },
  });
  return router;
}

interface Change {
  name?: string | undefined;
  description?: string | null | undefined;
  fqdn?: string | null | undefined;
  isInstant?: boolean | undefined;
  isForced?: boolean | undefined;
  settings: Record<string, unknown>;
}

interface Own {
  present(resource: Resource): Record<string, unknown>;
  change(body: unknown): Change;
}

function shared(sandbox: Sandbox, kind: Kind, router: Router, { present, change }: Own): void {
  const { store, lifecycle } = sandbox;
  const asked = (req: Request): Resource => resourceOf(sandbox, kind, req);
  const title = TITLES[kind];

  methodsOf(router, '/:uuid', {
    get: (req, res) => {
      res.json(present(asked(req)));
    },
    patch: (req, res) => {
      const resource = asked(req);
      apply(sandbox, resource, change(bodyOf(req)));
      res.json({ uuid: resource.uuid });
    },
    delete: (req, res) => {
      const resource = asked(req);
      lifecycle.queue(resource, 'delete');
      sandbox.ledger.record({
        effect: 'delete.queued',
        id: resource.uuid,
        detail: {
          volumes: flagOf(req, 'delete_volumes', true),
          cleanup: flagOf(req, 'docker_cleanup', true),
        },
      });
      res.json({ message: `${title} deletion request queued.` });
    },
  });

  methodsOf(router, '/:uuid/start', {
    post: (req, res) => {
      res.json(startOf(sandbox, asked(req)));
    },
  });
  methodsOf(router, '/:uuid/restart', {
    post: (req, res) => {
      const resource = asked(req);
      const answer = restartOf(sandbox, resource);
      if (!phantom(sandbox, answer)) sandbox.ledger.record({ effect: 'restart.queued', id: resource.uuid });
      res.json(answer);
    },
  });
  methodsOf(router, '/:uuid/stop', {
    post: (req, res) => {
      const resource = asked(req);
      if (kind === 'service' && resource.status.startsWith('exited'))
        throw new ApiError(400, 'Service is already stopped.');
      lifecycle.queue(resource, 'stop');
      sandbox.ledger.record({
        effect: 'stop.queued',
        id: resource.uuid,
        detail: { cleanup: flagOf(req, 'docker_cleanup', true) },
      });
      res.json({ message: `${title} stopping request queued.` });
    },
  });

  methodsOf(router, '/:uuid/envs', {
    get: (req, res) => {
      res.json(Object.values(asked(req).variables).map(presentVariable));
    },
  });
  methodsOf(router, '/:uuid/envs/bulk', {
    patch: (req, res) => {
      const resource = asked(req);
      const { data } = readBody(bulkShape, bodyOf(req));
      if (data.length === 0) throw new ApiError(400, 'Bulk data is required.');
      // The ones before a wrong one are kept.
      const variables = data.map((item) => setVariable(resource, readBody(variableShape, item)));
      store.save('resources', resource.uuid);
      res.status(201).json(variables.map(presentVariable));
    },
  });
}

function apply({ store, ledger, lifecycle }: Sandbox, resource: Resource, change: Change): void {
  const { name, description, fqdn, isInstant, settings } = change;
  const before = JSON.stringify(resource.settings);
  if (name !== undefined) resource.name = name;
  if (description !== undefined) resource.description = description;
  if (fqdn !== undefined) resource.fqdn = fqdn;
  Object.assign(resource.settings, settings);
  resource.updatedAt = apiTime();
  store.save('resources', resource.uuid);
  if (JSON.stringify(resource.settings) !== before)
    ledger.record({ effect: 'instance.changed', id: resource.uuid });
  if (!isInstant) return;
  if (resource.kind === 'service') lifecycle.queue(resource, 'starting');
  else lifecycle.deploy(resource, false);
}

function setVariable(
  resource: Resource,
  { key, value, is_literal, is_multiline, is_preview, is_shown_once }: z.output<typeof variableShape>,
): Resource['variables'][string] {
  const known = resource.variables[key];
  const variable = {
    uuid: known?.uuid ?? newUuid(),
    key,
    value: value ?? '',
    is_literal: is_literal ?? false,
    is_multiline: is_multiline ?? false,
    is_preview: is_preview ?? false,
    is_shown_once: is_shown_once ?? false,
  };
  resource.variables[key] = variable;
  return variable;
}
