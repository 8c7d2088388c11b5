import { randomUUID } from 'node:crypto';
import express, { type Request, type Router } from 'express';
import { lookUp } from '../shared/lookup.ts';
import { notFound } from './errors.ts';
import { methodsOf } from './methods.ts';
import { page } from './paging.ts';
import { createSshKeyShape, readBody, updateSshKeyShape } from './requests.ts';
import type { Sandbox } from './sandbox.ts';
import { type SshKey, apiTime, nextSeq } from './state.ts';

/** `/ssh-keys`. Instances copy a key when they are installed, so a change reaches only later ones. */
export function sshKeyRoutes({ store, ledger }: Sandbox): Router {
  const { sshKeys } = store.state;
  const router = express.Router();
  const asked = (req: Request): SshKey => {
    const record = lookUp(sshKeys, String(req.params['id']));
    if (!record) throw notFound('Invalid ssh-key-id.');
    return record.shown;
  };

  methodsOf(router, '/', {
    get: (req, res) => {
      const { shown, meta } = page(
        req,
        Object.values(sshKeys).sort((a, b) => a.seq - b.seq),
      );
      res.json({ ssh_keys: shown, meta });
    },
    post: (req, res) => {
      const { name, ssh_key } = readBody(createSshKeyShape, req.body);
      const key: SshKey = { id: randomUUID(), date_created: apiTime(), name, ssh_key };
      sshKeys[key.id] = { seq: nextSeq(store), shown: key };
      store.save('sshKeys', key.id);
      ledger.record({ effect: 'ssh-key.created', id: key.id, detail: { name } });
      res.status(201).json({ ssh_key: key });
    },
  });

  methodsOf(router, '/:id', {
    get: (req, res) => {
      res.json({ ssh_key: asked(req) });
    },
    patch: (req, res) => {
      const key = asked(req);
      Object.assign(key, readBody(updateSshKeyShape, req.body));
      store.save('sshKeys', key.id);
      ledger.record({ effect: 'ssh-key.updated', id: key.id });
      res.status(204).end();
    },
    delete: (req, res) => {
      const { id } = asked(req);
      delete sshKeys[id];
      store.save('sshKeys', id);
      ledger.record({ effect: 'ssh-key.deleted', id });
      res.status(204).end();
    },
  });

  return router;
}
