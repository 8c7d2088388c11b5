import { randomUUID } from 'node:crypto';
import express, { type Request, type Router } from 'express';
import { badRequest } from './errors.ts';
import { methodsOf } from './methods.ts';
import { pageOf } from './paging.ts';
import { presentVolume } from './present.ts';
import { createVolumeShape, readBody, readQuery } from './requests.ts';
import { type Sandbox, volumeOf } from './sandbox.ts';
import { type VolumeRecord, apiTime, nextSeq } from './state.ts';

const FILTERS = ['limit', 'marker', 'name', 'status', 'metadata'];

/** `/volume/v3/{project}`. */
export function volumeRoutes(sandbox: Sandbox): Router {
  const { store, ledger, lifecycle } = sandbox;
  const { volumes } = store.state;
  const router = express.Router();
  const asked = (req: Request): VolumeRecord => volumeOf(sandbox, String(req.params['id']));

  methodsOf(router, '/volumes/detail', {
    get: (req, res) => {
      const query = readQuery(req, FILTERS);
      const wanted = Object.entries(readMetadata(query['metadata']));
      const found = Object.values(volumes)
        .filter(({ metadata }) => wanted.every(([key, value]) => metadata[key] === value))
        .sort((a, b) => b.seq - a.seq);
      res.json({ volumes: pageOf(found, query).shown.map(presentVolume) });
    },
  });
  methodsOf(router, '/volumes', {
    post: (req, res) => {
      const { volume: wanted } = readBody(createVolumeShape, req.body);
      const id = randomUUID();
      const volume: VolumeRecord = {
        seq: nextSeq(store),
        id,
        name: wanted.name ?? '',
        description: wanted.description ?? '',
        size: wanted.size,
        status: 'creating',
        bootable: false,
        metadata: wanted.metadata,
        attachedTo: null,
        deleteOnTermination: false,
        created: apiTime(),
      };
      volumes[id] = volume;
      lifecycle.planVolume(volume, 'made');
      ledger.record({
        effect: 'volume.created',
        id,
        detail: { size: wanted.size, metadata: wanted.metadata },
      });
      res.status(202).json({ volume: presentVolume(volume) });
    },
  });
  methodsOf(router, '/volumes/:id', {
    get: (req, res) => {
      res.json({ volume: presentVolume(asked(req)) });
    },
    delete: (req, res) => {
      const volume = asked(req);
      if (!['available', 'error'].includes(volume.status)) {
        throw badRequest(
          `Invalid volume: Volume status must be available or error, but current status is: ${volume.status}.`,
        );
      }
      volume.status = 'deleting';
      lifecycle.planVolume(volume, 'deleted');
      ledger.record({ effect: 'volume.deleted', id: volume.id, detail: { metadata: volume.metadata } });
      res.status(202).end();
    },
  });
  return router;
}

/** Cinder reads it as a literal of Python, of which JSON with texts alone is a part. */
function readMetadata(text = '{}'): Record<string, string> {
  try {
    return JSON.parse(text) as Record<string, string>;
  } catch {
    throw badRequest('Invalid metadata filter.');
  }
}
