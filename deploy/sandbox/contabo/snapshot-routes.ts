import express, { type Router } from 'express';
import { answerAudits, audit } from './audits.ts';
import { answerOne, answerPage, pathOf } from './envelope.ts';
import { createSnapshotShape, emptyShape, read, updateSnapshotShape } from './requests.ts';
import { type Sandbox, instanceAsked } from './sandbox.ts';
import { removeSnapshot, rollBack, snapshotAsked, snapshotsOf, takeSnapshot } from './snapshots.ts';

/** Snapshots below their instance, and their audit trail; mount at `/compute`. */
export function snapshotRoutes(sandbox: Sandbox): Router {
  const { store, ledger } = sandbox;
  const router = express.Router();

  router.get('/snapshots/audits', (req, res) => answerAudits(req, res, store.state.snapshotAudits));

  router
    .route('/instances/:instanceId/snapshots')
    .get((req, res) => {
      const all = snapshotsOf(sandbox, instanceAsked(sandbox, req));
      answerPage(req, res, all, { name: ({ name }, wanted) => name.includes(wanted) });
    })
    .post(async (req, res) => {
      const record = instanceAsked(sandbox, req);
      const snapshot = await takeSnapshot(sandbox, record, read(createSnapshotShape, req.body));
      const { instanceId, snapshotId } = snapshot;
      audit(store, req, 'CREATED', { instanceId, snapshotId });
      answerOne(req, res, 201, snapshot);
    });

  router
    .route('/instances/:instanceId/snapshots/:snapshotId')
    .get((req, res) => answerOne(req, res, 200, snapshotAsked(sandbox, req).snapshot))
    .patch((req, res) => {
      const { snapshot } = snapshotAsked(sandbox, req);
      Object.assign(snapshot, read(updateSnapshotShape, req.body));
      const { instanceId, snapshotId } = snapshot;
      store.save('snapshots', snapshotId);
      ledger.record({ effect: 'snapshot.updated', id: snapshotId });
      audit(store, req, 'UPDATED', { instanceId, snapshotId });
      answerOne(req, res, 200, snapshot);
    })
    .delete(async (req, res) => {
      const { snapshot } = snapshotAsked(sandbox, req);
      const { instanceId, snapshotId } = snapshot;
      await removeSnapshot(sandbox, snapshot);
      audit(store, req, 'DELETED', { instanceId, snapshotId });
      res.status(204).end();
    });

  router.post('/instances/:instanceId/snapshots/:snapshotId/rollback', async (req, res) => {
    const { record, snapshot } = snapshotAsked(sandbox, req);
    read(emptyShape, req.body);
    await rollBack(sandbox, record, snapshot);
    res.json({ _links: { self: pathOf(req) } });
  });
  return router;
}
