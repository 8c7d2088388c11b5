import type { Request } from 'express';
import { lookUp } from '../shared/lookup.ts';
import { images, products } from './catalog.ts';
import { refuseIfBusy } from './changing.ts';
import { owner } from './envelope.ts';
import { ApiError, notFound } from './errors.ts';
import { type Sandbox, instanceAsked } from './sandbox.ts';
import { type InstanceRecord, type Snapshot, nextId } from './state.ts';

/** Snapshots are deleted by themselves after this time. */
const lifeDays = 30;
/** Their ids look like instants; numbers count up from here. */
const firstSnapshotId = 1_760_000_000;

/** An instance's snapshots, oldest first. */
export function snapshotsOf({ store }: Sandbox, { shown }: InstanceRecord): Snapshot[] {
  return Object.values(store.state.snapshots).filter(({ instanceId }) => instanceId === shown.instanceId);
}

/** The snapshot that a path names below its instance. @throws ApiError 404 */
export function snapshotAsked(
  sandbox: Sandbox,
  req: Request,
): { record: InstanceRecord; snapshot: Snapshot } {
  const record = instanceAsked(sandbox, req);
  const id = String(req.params['snapshotId']);
  const snapshot = lookUp(sandbox.store.state.snapshots, id);
  if (!snapshot || snapshot.instanceId !== record.shown.instanceId) {
    throw notFound(`Snapshot with snapshotId ${id} not found`);
  }
  return { record, snapshot };
}

/**
 * Copies the instance's disk as it is now.
 *
 * @throws ApiError 402 when the product has no more snapshots, 409 while something is being done to it.
 */
export async function takeSnapshot(
  sandbox: Sandbox,
  record: InstanceRecord,
  { name, description = name }: { name: string; description?: string },
): Promise<Snapshot> {
  const { store, ledger, guests } = sandbox;
  const { shown } = record;
  refuseIfBusy(record);
  const allowed = products.find(({ id }) => id === shown.productId)?.snapshots ?? 0;
  if (snapshotsOf(sandbox, record).length >= allowed) {
    throw new ApiError(402, `The limit of ${allowed} snapshots for this product is reached`);
  }
  const snapshotId = `snap${firstSnapshotId + nextId(store)}`;
  await guests.capture(String(shown.instanceId), snapshotId);
  const now = new Date();
  const snapshot: Snapshot = {
    ...owner,
    snapshotId,
    name,
    description,
    instanceId: shown.instanceId,
    createdDate: now.toISOString(),
    autoDeleteDate: new Date(now.getTime() + lifeDays * 86_400_000).toISOString(),
    imageId: shown.imageId,
    imageName: images.find(({ id }) => id === shown.imageId)?.name ?? '',
  };
  store.state.snapshots[snapshotId] = snapshot;
  store.save('snapshots', snapshotId);
  const detail = { instance: shown.instanceId, description };
  ledger.record({ effect: 'snapshot.created', id: snapshotId, detail });
  return snapshot;
}

export async function removeSnapshot(
  { store, ledger, guests }: Sandbox,
  { snapshotId }: Snapshot,
): Promise<void> {
  delete store.state.snapshots[snapshotId];
  store.save('snapshots', snapshotId);
  ledger.record({ effect: 'snapshot.deleted', id: snapshotId });
  await guests.removeImage(snapshotId);
}

/** Puts a snapshot's disk back; those that were taken after it are deleted. */
export async function rollBack(sandbox: Sandbox, record: InstanceRecord, snapshot: Snapshot): Promise<void> {
  const { store, ledger, guests, lifecycle } = sandbox;
  refuseIfBusy(record);
  const { shown } = record;
  const id = String(shown.instanceId);
  shown.status = 'other';
  record.next = undefined;
  store.save('instances', id);
  ledger.record({ effect: 'instance.rolled-back', id, detail: { snapshot: snapshot.snapshotId } });
  const newer = snapshotsOf(sandbox, record).filter(({ snapshotId }) => snapshotId > snapshot.snapshotId);
  for (const each of newer) await removeSnapshot(sandbox, each);
  await guests.shutDown(id);
  record.isOn = true;
  await guests.restore(id, snapshot.snapshotId).finally(() => lifecycle.plan(record, 'ready'));
}
