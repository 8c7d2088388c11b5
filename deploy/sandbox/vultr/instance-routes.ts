import express, { type Request, type Response, type Router } from 'express';
import { applications, operatingSystems } from './catalog.ts';
import { upgradesOf } from './deploying.ts';
import { badRequest } from './errors.ts';
import {
  deleteInstance,
  haltInstance,
  rebootInstance,
  refuseIfLocked,
  refuseUnlessReady,
  reinstallInstance,
  restoreInstance,
  startInstance,
  updateInstance,
} from './instance-change.ts';
import { createInstance } from './instance-create.ts';
import { methodsOf } from './methods.ts';
import { page } from './paging.ts';
import {
  createInstanceShape,
  instanceIdsShape,
  readBody,
  reinstallShape,
  restoreShape,
  updateInstanceShape,
} from './requests.ts';
import { type Sandbox, instanceOf, present } from './sandbox.ts';
import type { InstanceRecord } from './state.ts';

type Action = (sandbox: Sandbox, record: InstanceRecord) => void | Promise<void>;

/** The actions that work on one instance and on several, and what refusing them says. */
const powerActions: Record<string, { wanted: string; act: Action }> = {
  start: { wanted: 'start', act: startInstance },
  halt: { wanted: 'stop', act: haltInstance },
  reboot: { wanted: 'restart', act: rebootInstance },
};

/** `/instances` and everything below. */
export function instanceRoutes(sandbox: Sandbox): Router {
  const router = express.Router();
  const { state } = sandbox.store;
  const asked = (req: Request): InstanceRecord => instanceOf(sandbox, String(req.params['id']));

  methodsOf(router, '/', {
    get: (req, res) => {
      const { shown, meta } = page(req, listed(sandbox, req));
      res.json({ instances: shown, meta });
    },
    post: async (req, res) => {
      const instance = await createInstance(sandbox, readBody(createInstanceShape, req.body));
      res.status(202).json({ instance });
    },
  });

  for (const [name, { wanted, act }] of Object.entries(powerActions)) {
    methodsOf(router, `/${name}`, {
      post: async (req, res) => {
        const ids = [...new Set(readBody(instanceIdsShape, req.body).instance_ids)];
        // All or none: every id is looked at before anything happens.
        const records = ids.map((id) => instanceOf(sandbox, id));
        for (const record of records) refuseUnlessReady(record, wanted);
        for (const record of records) await act(sandbox, record);
        res.status(204).end();
      },
    });
    methodsOf(router, `/:id/${name}`, {
      post: async (req, res) => {
        await act(sandbox, asked(req));
        res.status(204).end();
      },
    });
  }

  methodsOf(router, '/:id', {
    get: (req, res) => {
      res.json({ instance: present(asked(req)) });
    },
    patch: async (req, res) => {
      const record = asked(req);
      await updateInstance(sandbox, record, readBody(updateInstanceShape, req.body));
      res.status(202).json({ instance: present(record) });
    },
    delete: async (req, res) => {
      const record = asked(req);
      refuseIfLocked(record, 'destroy');
      await deleteInstance(sandbox, record, 'client');
      res.status(204).end();
    },
  });

  methodsOf(router, '/:id/reinstall', {
    post: async (req, res) => {
      const record = asked(req);
      const { hostname } = readBody(reinstallShape, req.body);
      const password = await reinstallInstance(sandbox, record, hostname);
      res.status(202).json({ instance: { ...present(record), default_password: password } });
    },
  });

  methodsOf(router, '/:id/restore', {
    post: async (req, res) => {
      const record = asked(req);
      const { snapshot_id: snapshotId, backup_id: backupId } = readBody(restoreShape, req.body);
      if ((snapshotId === undefined) === (backupId === undefined)) {
        throw badRequest('Choose exactly one of backup_id, snapshot_id.');
      }
      // The sandbox makes no backups, so no id of one is known.
      if (snapshotId === undefined) throw badRequest('Invalid backup_id.');
      await restoreInstance(sandbox, record, snapshotId);
      const status = { restore_type: 'snapshot_id', restore_id: snapshotId, status: 'inprogress' };
      res.status(202).json({ status });
    },
  });

  methodsOf(router, '/:id/user-data', {
    get: (req, res) => {
      res.json({ user_data: { data: asked(req).userData } });
    },
  });

  methodsOf(router, '/:id/bandwidth', {
    get: (req, res) => {
      res.json({ bandwidth: asked(req).traffic });
    },
  });

  methodsOf(router, '/:id/upgrades', {
    get: (req, res) => {
      const { plan, region } = asked(req).shown;
      const choices = {
        applications,
        os: operatingSystems,
        plans: upgradesOf(state, plan, region).map(({ id }) => id),
      };
      answerUpgrades(req.query['type'], choices, res);
    },
  });

  return router;
}

/** The account's instances in the order of their making, narrowed by the request's filters. */
function listed({ store }: Sandbox, req: Request): { seq: number; shown: ReturnType<typeof present> }[] {
  const { label, main_ip: ip, region, tag, firewall_group_id: firewall } = req.query;
  return Object.values(store.state.instances)
    .map((record) => ({ seq: record.seq, shown: present(record) }))
    .filter(({ shown }) => label === undefined || shown.label === label)
    .filter(({ shown }) => ip === undefined || shown.main_ip === ip)
    .filter(({ shown }) => region === undefined || shown.region === region)
    .filter(({ shown }) => tag === undefined || (typeof tag === 'string' && shown.tags.includes(tag)))
    .filter(({ shown }) => firewall === undefined || shown.firewall_group_id === firewall)
    .sort((a, b) => a.seq - b.seq);
}

function answerUpgrades(
  type: unknown,
  choices: { applications: unknown; os: unknown; plans: unknown },
  res: Response,
): void {
  if (type === undefined || type === 'all') {
    res.json({ upgrades: choices });
    return;
  }
  if (type !== 'applications' && type !== 'os' && type !== 'plans') throw badRequest('Invalid type.');
  res.json({ upgrades: { [type]: choices[type] } });
}
