import { randomUUID } from 'node:crypto';
import express, { type Request, type Router } from 'express';
import { lookUp } from '../shared/lookup.ts';
import { badRequest, notFound } from './errors.ts';
import { refuseUnlessReady } from './instance-change.ts';
import { methodsOf } from './methods.ts';
import { page } from './paging.ts';
import { createSnapshotShape, readBody, updateSnapshotShape } from './requests.ts';
import type { Sandbox } from './sandbox.ts';
import { type InstanceRecord, type SnapshotRecord, apiTime, nextSeq } from './state.ts';

/** `/snapshots`. */
export function snapshotRoutes(sandbox: Sandbox): Router {
  const { store, ledger, guests } = sandbox;
  const { snapshots, instances } = store.state;
  const router = express.Router();
  const asked = (req: Request): SnapshotRecord => {
    const record = lookUp(snapshots, String(req.params['id']));
    if (!record) throw notFound('Invalid snapshot-id.');
    return record;
  };

  methodsOf(router, '/', {
    get: (req, res) => {
      const { description } = req.query;
      const records = Object.values(snapshots)
        .filter(({ shown }) => description === undefined || shown.description === description)
        .sort((a, b) => a.seq - b.seq);
      const { shown, meta } = page(req, records);
      res.json({ snapshots: shown, meta });
    },
    post: async (req, res) => {
      const { instance_id: instanceId, description } = readBody(createSnapshotShape, req.body);
      const instance = lookUp(instances, instanceId);
      if (!instance) throw badRequest('Invalid instance_id.');
      const snapshot = await takeSnapshot(sandbox, instance, description);
      res.status(201).json({ snapshot: snapshot.shown });
    },
  });

  methodsOf(router, '/:id', {
    get: (req, res) => {
      res.json({ snapshot: asked(req).shown });
    },
    put: (req, res) => {
      const { shown } = asked(req);
      shown.description = readBody(updateSnapshotShape, req.body).description;
      store.save('snapshots', shown.id);
      ledger.record({ effect: 'snapshot.updated', id: shown.id });
      res.status(204).end();
    },
    delete: async (req, res) => {
      const { id } = asked(req).shown;
      delete snapshots[id];
      store.save('snapshots', id);
      ledger.record({ effect: 'snapshot.deleted', id });
      await guests.removeImage(id);
      res.status(204).end();
    },
  });

  return router;
}

/** Copies the instance's disk as it is now; the instance is locked until the snapshot is complete. */
async function takeSnapshot(
  sandbox: Sandbox,
  instance: InstanceRecord,
  description: string,
): Promise<SnapshotRecord> {
  refuseUnlessReady(instance, 'snapshot');
  const { store, guests, lifecycle } = sandbox;
  const { id: instanceId } = instance.shown;
  const id = randomUUID();
  instance.shown.server_status = 'locked';
  lifecycle.drop(instance);
  store.save('instances', instanceId);
  // Whether or not the copy succeeds, the instance must come free again.
  const bytes = await guests.capture(instanceId, id).finally(() => lifecycle.plan(instance, 'unlock'));
  return keepSnapshot(sandbox, instance, { id, description, bytes, dueAtMs: lifecycle.diskDueAtMs() });
}

/** Fills the account with snapshots of an instance that are nobody's, without locking it. */
export async function crowdSnapshots(
  sandbox: Sandbox,
  instance: InstanceRecord,
  count: number,
): Promise<void> {
  for (let made = 0; made < count; made += 1) {
    const id = randomUUID();
    const bytes = await sandbox.guests.capture(instance.shown.id, id);
    keepSnapshot(sandbox, instance, { id, description: 'crowd', bytes, dueAtMs: Date.now() });
  }
}

function keepSnapshot(
  { store, ledger, lifecycle }: Sandbox,
  { family, shown: { id: instanceId, os_id, app_id, disk, os } }: InstanceRecord,
  { id, description, bytes, dueAtMs }: { id: string; description: string; bytes: number; dueAtMs: number },
): SnapshotRecord {
  const record: SnapshotRecord = {
    seq: nextSeq(store),
    family,
    osName: os,
    bytes,
    diskGb: disk,
    dueAtMs,
    shown: {
      id,
      date_created: apiTime(),
      description,
      size: 0,
      compressed_size: 0,
      status: 'pending',
      os_id,
      app_id,
    },
  };
  store.state.snapshots[id] = record;
  store.save('snapshots', id);
  ledger.record({ effect: 'snapshot.created', id, detail: { instance: instanceId, description } });
  lifecycle.expect(record);
  return record;
}
