import express, { type Request, type Router } from 'express';
import { lookUp } from '../shared/lookup.ts';
import { answerOne, answerPage, owner, pathOf } from './envelope.ts';
import { notFound } from './errors.ts';
import { createSecretShape, read, updateSecretShape } from './requests.ts';
import type { Sandbox } from './sandbox.ts';
import { type Secret, nextId } from './state.ts';

/** `/secrets`: passwords and public keys that orders name by their id. A value is shown only where one secret is asked for. */
export function secretRoutes({ store, ledger }: Sandbox): Router {
  const { secrets } = store.state;
  const router = express.Router();
  const asked = (req: Request): Secret => {
    const id = String(req.params['secretId']);
    const secret = lookUp(secrets, id);
    if (!secret) throw notFound(`Secret with secretId ${id} not found`);
    return secret;
  };

  router.get('/', (req, res) => {
    const all = Object.values(secrets).map((secret) => ({ ...secret, value: '********' }));
    answerPage(req, res, all, {
      name: ({ name }, wanted) => name.includes(wanted),
      type: ({ type }, wanted) => type === wanted,
    });
  });

  router.post('/', (req, res) => {
    const wanted = read(createSecretShape, req.body);
    const secretId = nextId(store);
    const now = new Date().toISOString();
    const secret: Secret = { ...owner, secretId, ...wanted, createdAt: now, updatedAt: now };
    secrets[secretId] = secret;
    store.save('secrets', String(secretId));
    ledger.record({ effect: 'secret.created', id: String(secretId), detail: { name: secret.name } });
    answerOne(req, res, 201, { ...secret, value: '********' });
  });

  router
    .route('/:secretId')
    .get((req, res) => answerOne(req, res, 200, asked(req)))
    .patch((req, res) => {
      const secret = asked(req);
      Object.assign(secret, read(updateSecretShape, req.body), { updatedAt: new Date().toISOString() });
      store.save('secrets', String(secret.secretId));
      ledger.record({ effect: 'secret.updated', id: String(secret.secretId) });
      res.json({ _links: { self: pathOf(req) } });
    })
    .delete((req, res) => {
      const id = String(asked(req).secretId);
      delete secrets[id];
      store.save('secrets', id);
      ledger.record({ effect: 'secret.deleted', id });
      res.status(204).end();
    });
  return router;
}
