import { makePassword } from '../guests/passwords.ts';
import { lookUp } from '../shared/lookup.ts';
import { findSource, upgradesOf } from './deploying.ts';
import { badRequest, locked } from './errors.ts';
import { guestSetup, refuseUnknownGroup } from './instance-create.ts';
import { v6Look } from './lifecycle.ts';
import type { UpdateInstance } from './requests.ts';
import type { Sandbox } from './sandbox.ts';
import type { InstanceRecord } from './state.ts';

/**
 * Deletes an instance with its guest and everything on it.
 *
 * @param by who did it, for the ledger: a client of the API, or the sandbox behind the client's back.
 */
export async function deleteInstance(
  { store, ledger, guests, lifecycle }: Sandbox,
  record: InstanceRecord,
  by: 'client' | 'sandbox',
): Promise<void> {
  const { id, label, tags } = record.shown;
  lifecycle.drop(record);
  delete store.state.instances[id];
  store.save('instances', id);
  // Block storage outlives its instance, and is charged on.
  for (const { shown: block } of Object.values(store.state.blocks)) {
    if (block.attached_to_instance !== id) continue;
    block.attached_to_instance = '';
    store.save('blocks', block.id);
  }
  ledger.record({ effect: 'instance.deleted', id, detail: { by, label, tags } });
  await guests.destroy(id);
}

/** @throws ApiError 500, as the API does, while the instance's disk is being worked on. */
export function refuseIfLocked(record: InstanceRecord, wanted: string): void {
  if (record.shown.server_status === 'locked') throw locked(wanted);
}

/** @throws ApiError 500, as the API does, until the instance is installed and nothing else is going on. */
export function refuseUnlessReady({ shown }: InstanceRecord, wanted: string): void {
  if (shown.status !== 'active' || shown.server_status !== 'ok') throw locked(wanted);
}

/** Powers an instance on; nothing happens to one that runs. Its guest answers a little later. */
export function startInstance({ lifecycle, ledger }: Sandbox, record: InstanceRecord): void {
  refuseUnlessReady(record, 'start');
  if (record.shown.power_status === 'running') return;
  record.shown.power_status = 'running';
  lifecycle.plan(record, 'power-on');
  ledger.record({ effect: 'instance.started', id: record.shown.id });
}

/** Pulls the plug. */
export async function haltInstance(
  { store, lifecycle, ledger, guests }: Sandbox,
  record: InstanceRecord,
): Promise<void> {
  refuseUnlessReady(record, 'stop');
  const { id, power_status } = record.shown;
  if (power_status === 'stopped') return;
  record.shown.power_status = 'stopped';
  lifecycle.drop(record);
  store.save('instances', id);
  ledger.record({ effect: 'instance.halted', id });
  await guests.shutDown(id);
}

/** Powers an instance off and on again; one that was off is on afterwards. */
export async function rebootInstance(
  { lifecycle, ledger, guests }: Sandbox,
  record: InstanceRecord,
): Promise<void> {
  refuseUnlessReady(record, 'restart');
  record.shown.power_status = 'running';
  lifecycle.plan(record, 'power-on');
  ledger.record({ effect: 'instance.rebooted', id: record.shown.id });
  await guests.shutDown(record.shown.id);
}

/**
 * Installs an instance anew from what it is made of, with its present user data.
 *
 * @returns the new initial password.
 */
export async function reinstallInstance(
  sandbox: Sandbox,
  record: InstanceRecord,
  hostname = record.shown.hostname,
): Promise<string> {
  refuseUnlessReady(record, 'reinstall');
  const { store, lifecycle, ledger, guests } = sandbox;
  const { shown } = record;
  const source = findSource(store.state, chosenBy(record));
  const authorizedKeys = record.sshKeyIds.flatMap(
    (id) => lookUp(store.state.sshKeys, id)?.shown.ssh_key ?? [],
  );
  const password = makePassword();
  Object.assign(shown, { hostname, server_status: 'locked', power_status: 'running' });
  record.family = source.family;
  lifecycle.drop(record);
  store.save('instances', shown.id);
  const setup = { hostname, user_data: record.userData, user_scheme: shown.user_scheme };
  await guests
    .install(shown.id, guestSetup(source, setup, authorizedKeys, password))
    .finally(() => lifecycle.plan(record, 'install'));
  ledger.record({ effect: 'instance.reinstalled', id: shown.id, detail: { os: source.osName } });
  return password;
}

/** Puts a snapshot's disk in place of the instance's. */
export async function restoreInstance(
  { store, lifecycle, ledger, guests }: Sandbox,
  record: InstanceRecord,
  snapshotId: string,
): Promise<void> {
  refuseUnlessReady(record, 'restore');
  const { shown } = record;
  const snapshot = lookUp(store.state.snapshots, snapshotId);
  if (snapshot?.shown.status !== 'complete') throw badRequest('Invalid snapshot_id.');
  if (snapshot.diskGb > shown.disk) throw badRequest('Snapshot is larger than the disk of the plan.');
  Object.assign(shown, { server_status: 'locked', power_status: 'running' });
  record.family = snapshot.family;
  lifecycle.drop(record);
  store.save('instances', shown.id);
  await guests.shutDown(shown.id);
  await guests.restore(shown.id, snapshotId).finally(() => lifecycle.plan(record, 'install'));
  ledger.record({ effect: 'instance.restored', id: shown.id, detail: { snapshot: snapshotId } });
}

/**
 * Changes what `PATCH` changes. A new plan resizes the instance, a new system or application reinstalls it; new
 * user data waits for the next installation.
 */
export async function updateInstance(
  sandbox: Sandbox,
  record: InstanceRecord,
  wanted: UpdateInstance,
): Promise<void> {
  const { store, ledger } = sandbox;
  const { shown } = record;
  const { plan, os_id, app_id, image_id, label, tags, user_data, user_scheme } = wanted;
  refuseUnknownGroup(store.state, wanted.firewall_group_id);
  if (wanted.attach_vpc?.length || wanted.detach_vpc?.length) throw badRequest('Invalid VPC id.');
  const isNewSource = [os_id, app_id, image_id].some((id) => id !== undefined);
  if (isNewSource && plan !== undefined) throw badRequest('Change either the plan or the operating system.');
  const source = isNewSource ? findSource(store.state, { os_id, app_id, image_id }) : undefined;
  if (isNewSource) refuseUnlessReady(record, 'reinstall');
  if (plan !== undefined) refuseIfNoUpgrade(sandbox, record, plan);

  shown.label = label ?? shown.label;
  shown.tags = tags ?? shown.tags;
  shown.user_scheme = user_scheme ?? shown.user_scheme;
  shown.firewall_group_id = wanted.firewall_group_id ?? shown.firewall_group_id;
  record.userData = user_data ?? record.userData;
  const switches = {
    auto_backups: wanted.backups && wanted.backups === 'enabled',
    ipv6: wanted.enable_ipv6,
    ddos_protection: wanted.ddos_protection,
  };
  for (const [feature, on] of Object.entries(switches)) {
    if (on === undefined) continue;
    shown.features = [...shown.features.filter((each) => each !== feature), ...(on ? [feature] : [])];
  }
  if (wanted.enable_ipv6 && shown.status === 'active') Object.assign(shown, v6Look(record.seq));
  if (source) {
    const { osName, os_id: system, app_id: app, image_id: image } = source;
    Object.assign(shown, { os: osName, os_id: system, app_id: app, image_id: image, snapshot_id: '' });
  }
  store.save('instances', shown.id);
  ledger.record({ effect: 'instance.updated', id: shown.id, detail: { fields: Object.keys(wanted) } });
  if (source) await reinstallInstance(sandbox, record);
  if (plan !== undefined && plan !== shown.plan) await resize(sandbox, record, plan);
}

function refuseIfNoUpgrade({ store }: Sandbox, record: InstanceRecord, plan: string): void {
  const { shown } = record;
  if (plan === shown.plan) return;
  refuseUnlessReady(record, 'upgrade');
  if (!upgradesOf(store.state, shown.plan, shown.region).some(({ id }) => id === plan)) {
    throw badRequest('Invalid plan chosen: it is not an upgrade available to this instance.');
  }
}

async function resize(
  { lifecycle, ledger, guests }: Sandbox,
  record: InstanceRecord,
  plan: string,
): Promise<void> {
  const { shown } = record;
  Object.assign(shown, { status: 'resizing', server_status: 'locked' });
  record.nextPlan = plan;
  lifecycle.plan(record, 'resized');
  ledger.record({ effect: 'instance.resized', id: shown.id, detail: { from: shown.plan, to: plan } });
  await guests.shutDown(shown.id);
}

function chosenBy({ shown }: InstanceRecord): Parameters<typeof findSource>[1] {
  if (shown.snapshot_id !== '') return { snapshot_id: shown.snapshot_id };
  if (shown.image_id !== '') return { image_id: shown.image_id };
  if (shown.app_id !== 0) return { app_id: shown.app_id };
  return { os_id: shown.os_id };
}
