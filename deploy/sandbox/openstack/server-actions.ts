import { randomUUID } from 'node:crypto';
import { flavors } from './catalog.ts';
import { badRequest, conflict, wrongState } from './errors.ts';
import { findImage } from './images.ts';
import { install } from './lifecycle.ts';
import { actionShapes, readBody } from './requests.ts';
import type { Sandbox } from './sandbox.ts';
import { type ServerRecord, type ServerStatus, apiTime, nextSeq } from './state.ts';

/** What is answered besides the status. */
export interface ActionAnswer {
  status: 202 | 204;
  body?: unknown;
}
type ActionName = keyof typeof actionShapes;

/**
 * Carries out the one action in a body.
 *
 * @throws ApiError 400 for a body that is none; 409 in a state that does not allow it.
 */
export async function carryOut(
  sandbox: Sandbox,
  record: ServerRecord,
  body: unknown,
  microversion: number,
): Promise<ActionAnswer> {
  const names = Object.keys(body ?? {});
  const name = names[0];
  if (names.length !== 1 || name === undefined || !Object.hasOwn(actionShapes, name)) {
    throw badRequest('There is no such action: ' + names.join(', '));
  }
  switch (name as ActionName) {
    case 'os-start':
      readBody(actionShapes['os-start'], body);
      requireStatus(record, 'start', ['SHUTOFF']);
      return begin(sandbox, record, { task: 'powering-on', step: 'started', effect: 'server.started' });
    case 'os-stop':
      readBody(actionShapes['os-stop'], body);
      requireStatus(record, 'stop', ['ACTIVE', 'ERROR']);
      return begin(sandbox, record, { task: 'powering-off', step: 'stopped', effect: 'server.stopped' });
    case 'reboot':
      readBody(actionShapes.reboot, body);
      return reboot(sandbox, record);
    case 'resize':
      return resize(sandbox, record, readBody(actionShapes.resize, body).resize.flavorRef);
    case 'confirmResize':
      readBody(actionShapes.confirmResize, body);
      return confirm(sandbox, record);
    case 'revertResize':
      readBody(actionShapes.revertResize, body);
      requireStatus(record, 'revertResize', ['VERIFY_RESIZE']);
      record.status = 'REVERT_RESIZE';
      return begin(sandbox, record, {
        task: 'resize_reverting',
        step: 'reverted',
        effect: 'server.resize-reverted',
      });
    case 'rebuild':
      return rebuild(sandbox, record, readBody(actionShapes.rebuild, body).rebuild, microversion);
    case 'createImage':
      return createImage(sandbox, record, readBody(actionShapes.createImage, body).createImage, microversion);
  }
}

/** Deletes a server; once more is as good. */
export function deleteServer({ lifecycle, ledger }: Sandbox, record: ServerRecord): void {
  if (record.task === 'deleting' || record.status === 'DELETED') return;
  record.task = 'deleting';
  lifecycle.plan(record, 'deleted');
  ledger.record({ effect: 'server.deleted', id: record.id, detail: { by: 'client', tags: record.tags } });
}

function begin(
  { lifecycle, ledger }: Sandbox,
  record: ServerRecord,
  what: {
    task: string;
    step: Parameters<Sandbox['lifecycle']['plan']>[1];
    effect: string;
    detail?: Record<string, unknown>;
  },
): ActionAnswer {
  record.task = what.task;
  lifecycle.plan(record, what.step);
  ledger.record({ effect: what.effect, id: record.id, detail: what.detail });
  return { status: 202 };
}

function requireStatus({ id, status, task }: ServerRecord, action: string, fitting: ServerStatus[]): void {
  if (task !== null) throw wrongState(action, id, `task_state ${task}`);
  if (!fitting.includes(status)) throw wrongState(action, id, `vm_state ${vmState(status)}`);
}

/** Nova's own word behind a status. */
export function vmState(status: ServerStatus): string {
  const words: Partial<Record<ServerStatus, string>> = {
    BUILD: 'building',
    SHUTOFF: 'stopped',
    ERROR: 'error',
  };
  return (
    words[status] ?? (status === 'VERIFY_RESIZE' ? 'resized' : status === 'DELETED' ? 'deleted' : 'active')
  );
}

async function reboot(sandbox: Sandbox, record: ServerRecord): Promise<ActionAnswer> {
  requireStatus(record, 'reboot', ['ACTIVE']);
  record.status = 'REBOOT';
  const answer = begin(sandbox, record, { task: 'rebooting', step: 'rebooted', effect: 'server.rebooted' });
  await sandbox.guests.shutDown(record.id);
  return answer;
}

function resize(sandbox: Sandbox, record: ServerRecord, flavorRef: string): ActionAnswer {
  requireStatus(record, 'resize', ['ACTIVE', 'SHUTOFF']);
  const flavor = flavors.find(({ id }) => id === flavorRef);
  if (!flavor) throw badRequest('Unable to locate requested flavor.');
  if (flavor.name === record.flavor) throw badRequest('When resizing, instances must change flavor!');
  const present = flavors.find(({ name }) => name === record.flavor);
  if (present && flavor.disk < present.disk) throw badRequest('Resize to a smaller disk is not allowed.');
  const detail = { from: record.flavor, to: flavor.name };
  Object.assign(record, { status: 'RESIZE', oldFlavor: record.flavor, flavor: flavor.name });
  return begin(sandbox, record, { task: 'resize_prep', step: 'resized', effect: 'server.resized', detail });
}

function confirm({ lifecycle, ledger }: Sandbox, record: ServerRecord): ActionAnswer {
  requireStatus(record, 'confirmResize', ['VERIFY_RESIZE']);
  // It goes on showing VERIFY_RESIZE without a task until the old copy is gone.
  if (record.next) throw badRequest('Instance has not been resized.');
  lifecycle.plan(record, 'confirmed');
  ledger.record({ effect: 'server.resize-confirmed', id: record.id });
  return { status: 204 };
}

async function rebuild(
  sandbox: Sandbox,
  record: ServerRecord,
  wanted: { imageRef: string; name?: string; user_data?: string | null; hostname?: string },
  microversion: number,
): Promise<ActionAnswer> {
  const { store, guests } = sandbox;
  requireStatus(record, 'rebuild', ['ACTIVE', 'SHUTOFF', 'ERROR']);
  if (wanted.user_data !== undefined && microversion < 57) throw badRequest('user_data was unexpected');
  if (wanted.hostname !== undefined && microversion < 90) throw badRequest('hostname was unexpected');
  const image = findImage(store.state, wanted.imageRef);
  if (!image) throw badRequest(`Cannot find image ${wanted.imageRef} for rebuild`);
  if (!image.isActive) throw badRequest(`Image ${wanted.imageRef} is not active.`);
  if (record.bootVolume !== undefined && image.id !== record.imageId && microversion < 93) {
    throw badRequest('Unable to rebuild with a different image for a volume-backed server.');
  }
  Object.assign(record, { status: 'REBUILD', task: 'rebuilding', imageId: image.id });
  record.name = wanted.name ?? record.name;
  record.hostname = wanted.hostname ?? record.hostname;
  if (wanted.user_data !== undefined) record.userData = wanted.user_data ?? '';
  const detail = { image: image.id, fromSnapshot: image.hasDisk };
  store.save('servers', record.id);
  sandbox.ledger.record({ effect: 'server.rebuilt', id: record.id, detail });
  await guests.shutDown(record.id);
  if (image.hasDisk) await guests.restore(record.id, image.id);
  else await install(store, guests, record);
  sandbox.lifecycle.plan(record, 'rebuilt');
  return { status: 202, body: { server: { id: record.id, name: record.name, status: 'REBUILD' } } };
}

async function createImage(
  sandbox: Sandbox,
  record: ServerRecord,
  { name, metadata }: { name: string; metadata: Record<string, string> },
  microversion: number,
): Promise<ActionAnswer> {
  const { store, guests, ledger, lifecycle } = sandbox;
  if (microversion < 45) throw badRequest('The stand-in makes images from microversion 2.45 on only.');
  requireStatus(record, 'createImage', ['ACTIVE', 'SHUTOFF']);
  const source = findImage(store.state, record.imageId);
  if (!source) throw conflict('The image of the server is gone.');
  const id = randomUUID();
  record.task = 'image_snapshot';
  store.save('servers', record.id);
  store.state.images[id] = {
    seq: nextSeq(store),
    id,
    name,
    status: 'queued',
    created: apiTime(),
    size: null,
    minDisk: flavors.find((flavor) => flavor.name === record.flavor)?.disk ?? 1,
    family: source.family,
    osName: source.osName,
    isEmpty: false,
    properties: {
      image_type: 'snapshot',
      instance_uuid: record.id,
      base_image_ref: record.imageId,
      ...metadata,
    },
  };
  store.save('images', id);
  ledger.record({ effect: 'image.created', id, detail: { server: record.id, name, metadata } });
  await guests.capture(record.id, id);
  const image = store.state.images[id];
  // A raw image has the size of the disk, whatever is on it.
  if (image) Object.assign(image, { status: 'saving', size: image.minDisk * 1024 ** 3 });
  store.save('images', id);
  lifecycle.plan(record, 'uploaded');
  return { status: 202, body: { image_id: id } };
}

/** @throws ApiError 403 */
export function refuseConsole(type: string): void {
  if (type !== 'novnc') throw badRequest(`Unavailable console type ${type}.`);
}
