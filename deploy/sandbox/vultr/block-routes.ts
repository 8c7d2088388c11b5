import { randomUUID } from 'node:crypto';
import express, { type Request, type Router } from 'express';
import { lookUp } from '../shared/lookup.ts';
import { regions } from './catalog.ts';
import { badRequest, notFound } from './errors.ts';
import { rebootInstance, refuseUnlessReady } from './instance-change.ts';
import { methodsOf } from './methods.ts';
import { page } from './paging.ts';
import {
  attachBlockShape,
  createBlockShape,
  detachBlockShape,
  readBody,
  updateBlockShape,
} from './requests.ts';
import type { Sandbox } from './sandbox.ts';
import { type Block, type BlockRecord, type VultrState, apiTime, nextSeq } from './state.ts';

/** GB that a disk of each type may have, and US dollars a month for each. */
const types: Record<Block['block_type'], { minGb: number; maxGb: number; costPerGb: number }> = {
  high_perf: { minGb: 10, maxGb: 10_000, costPerGb: 0.1 },
  storage_opt: { minGb: 40, maxGb: 40_000, costPerGb: 0.025 },
};

/** `/blocks`: disks that are made in a region, attached to one of its instances, and outlive it. */
export function blockRoutes(sandbox: Sandbox): Router {
  const { store, ledger, lifecycle } = sandbox;
  const { state } = store;
  const { blocks } = state;
  const router = express.Router();
  const asked = (req: Request): BlockRecord => {
    const record = lookUp(blocks, String(req.params['id']));
    if (!record) throw notFound('Invalid block-id.');
    return record;
  };
  const keep = (effect: string, { shown }: BlockRecord, detail: Record<string, unknown> = {}): void => {
    store.save('blocks', shown.id);
    ledger.record({ effect, id: shown.id, detail: { label: shown.label, ...detail } });
  };
  /** Without `live`, the change takes a restart of the instance. */
  const settle = async (instanceId: string, live: boolean): Promise<void> => {
    const instance = lookUp(state.instances, instanceId);
    if (instance && !live) await rebootInstance(sandbox, instance);
  };

  methodsOf(router, '/', {
    get: (req, res) => {
      const placed = Object.values(blocks)
        .sort((a, b) => a.seq - b.seq)
        .map((record) => ({ seq: record.seq, shown: present(state, record) }));
      const { shown, meta } = page(req, placed);
      res.json({ blocks: shown, meta });
    },
    post: (req, res) => {
      const { region, size_gb, label, block_type, bootable } = readBody(createBlockShape, req.body);
      if (!regions.some(({ id }) => id === region)) throw badRequest('Invalid region.');
      refuseSize(block_type, size_gb);
      const id = randomUUID();
      const record: BlockRecord = {
        seq: nextSeq(store),
        dueAtMs: lifecycle.diskDueAtMs(),
        shown: {
          id,
          date_created: apiTime(),
          cost: size_gb * types[block_type].costPerGb,
          pending_charges: 0,
          size_gb,
          region,
          attached_to_instance: '',
          label,
          mount_id: `${region}-${id.replaceAll('-', '').slice(0, 14)}`,
          block_type,
          os_id: 0,
          snapshot_id: '',
          bootable,
        },
      };
      blocks[id] = record;
      keep('block.created', record, { size_gb, region });
      res.status(202).json({ block: present(state, record) });
    },
  });

  methodsOf(router, '/:id', {
    get: (req, res) => {
      res.json({ block: present(state, asked(req)) });
    },
    patch: (req, res) => {
      const record = asked(req);
      const { label, size_gb } = readBody(updateBlockShape, req.body);
      if (size_gb !== undefined && size_gb < record.shown.size_gb)
        throw badRequest('Block storage cannot shrink.');
      refuseSize(record.shown.block_type, size_gb ?? record.shown.size_gb);
      Object.assign(record.shown, {
        label: label ?? record.shown.label,
        size_gb: size_gb ?? record.shown.size_gb,
      });
      keep('block.updated', record);
      res.status(204).end();
    },
    delete: (req, res) => {
      const record = asked(req);
      if (record.shown.attached_to_instance)
        throw badRequest('Block storage is attached to a server; detach it first.');
      delete blocks[record.shown.id];
      keep('block.deleted', record);
      res.status(204).end();
    },
  });

  methodsOf(router, '/:id/attach', {
    post: async (req, res) => {
      const record = asked(req);
      const { instance_id: instanceId, live } = readBody(attachBlockShape, req.body);
      const instance = lookUp(state.instances, instanceId);
      if (!instance) throw badRequest('Invalid instance_id.');
      if (record.shown.attached_to_instance)
        throw badRequest('Block storage is already attached to a server.');
      if (statusOf(record) !== 'active') throw badRequest('Block storage is not active.');
      if (instance.shown.region !== record.shown.region) throw badRequest('Server is in another region.');
      refuseUnlessReady(instance, 'attach block storage to');
      record.shown.attached_to_instance = instanceId;
      keep('block.attached', record, { instance: instanceId });
      await settle(instanceId, live);
      res.status(204).end();
    },
  });

  methodsOf(router, '/:id/detach', {
    post: async (req, res) => {
      const record = asked(req);
      const { live } = readBody(detachBlockShape, req.body);
      const { attached_to_instance: instanceId } = record.shown;
      const instance = lookUp(state.instances, instanceId);
      if (!instance) throw badRequest('Block storage is not currently attached to a server.');
      refuseUnlessReady(instance, 'detach block storage from');
      record.shown.attached_to_instance = '';
      keep('block.detached', record, { instance: instanceId });
      await settle(instanceId, live);
      res.status(204).end();
    },
  });

  return router;
}

function present(
  state: VultrState,
  record: BlockRecord,
): Block & { status: string; attached_to_instance_ip: string; attached_to_instance_label: string } {
  const instance = lookUp(state.instances, record.shown.attached_to_instance)?.shown;
  return {
    ...record.shown,
    status: statusOf(record),
    attached_to_instance_ip: instance?.main_ip ?? '',
    attached_to_instance_label: instance?.label ?? '',
  };
}

function statusOf({ dueAtMs }: BlockRecord): 'pending' | 'active' {
  return Date.now() < dueAtMs ? 'pending' : 'active';
}

function refuseSize(type: Block['block_type'], sizeGb: number): void {
  const { minGb, maxGb } = types[type];
  if (sizeGb < minGb || sizeGb > maxGb)
    throw badRequest(`Invalid size_gb: must be from ${minGb} to ${maxGb}.`);
}
