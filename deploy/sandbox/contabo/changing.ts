import { conflict } from './errors.ts';
import { guestSetup, putInstallation, readInstallation, secretOf } from './installing.ts';
import type { Reinstall } from './requests.ts';
import type { Sandbox } from './sandbox.ts';
import type { InstanceRecord, Status } from './state.ts';

/** Nothing is being done to an instance in one of these. */
const resting: readonly Status[] = ['running', 'stopped', 'rescue', 'error', 'uninstalled'];

/** @throws ApiError 409 while something else is being done to it. */
export function refuseIfBusy({ shown }: InstanceRecord): void {
  if (resting.includes(shown.status)) return;
  throw conflict(`Instance ${shown.instanceId} is in status ${shown.status}`);
}

/** Powers on; nothing happens to one that is on. */
export function startInstance({ lifecycle, ledger }: Sandbox, record: InstanceRecord): void {
  refuseIfBusy(record);
  if (record.isOn) return;
  record.isOn = true;
  lifecycle.plan(record, 'settle');
  ledger.record({ effect: 'instance.started', id: String(record.shown.instanceId) });
}

/** Pulls the plug, or presses the power button; nothing happens to one that is off. */
export async function stopInstance(
  { lifecycle, ledger, guests }: Sandbox,
  record: InstanceRecord,
): Promise<void> {
  refuseIfBusy(record);
  if (!record.isOn) return;
  const id = String(record.shown.instanceId);
  record.isOn = false;
  lifecycle.plan(record, 'settle');
  ledger.record({ effect: 'instance.stopped', id });
  await guests.shutDown(id);
}

/** Powers off and on again; one that was off is on afterwards. Ends the rescue system. */
export async function restartInstance(
  { lifecycle, ledger, guests }: Sandbox,
  record: InstanceRecord,
): Promise<void> {
  refuseIfBusy(record);
  const id = String(record.shown.instanceId);
  record.isOn = true;
  ledger.record({ effect: 'instance.restarted', id });
  await guests.shutDown(id);
  lifecycle.plan(record, 'settle');
}

/** Boots the rescue system in place of the installed one; the sandbox has none that answers. */
export async function rescueInstance(
  { store, lifecycle, ledger, guests }: Sandbox,
  record: InstanceRecord,
  { rootPassword, sshKeys = [] }: { rootPassword?: number; sshKeys?: number[] },
): Promise<void> {
  refuseIfBusy(record);
  if (rootPassword !== undefined) secretOf(store.state, rootPassword, 'password', 'rootPassword');
  for (const id of sshKeys) secretOf(store.state, id, 'ssh', 'sshKeys');
  const id = String(record.shown.instanceId);
  ledger.record({ effect: 'instance.rescued', id });
  await guests.shutDown(id);
  record.isOn = true;
  lifecycle.plan(record, 'rescue');
}

/** Installs an image over the disk. */
export async function reinstallInstance(
  { store, lifecycle, ledger, guests }: Sandbox,
  record: InstanceRecord,
  wanted: Reinstall,
): Promise<void> {
  refuseIfBusy(record);
  putInstallation(record, readInstallation(store.state, wanted));
  const { shown } = record;
  const id = String(shown.instanceId);
  shown.status = 'installing';
  record.next = undefined;
  store.save('instances', id);
  ledger.record({ effect: 'instance.reinstalled', id, detail: { imageId: shown.imageId } });
  await guests.install(id, guestSetup(store.state, record)).finally(() => lifecycle.plan(record, 'ready'));
}

/**
 * Cancels at the end of the period that is paid for. Until then nothing else changes: it is listed, and it goes on running.
 *
 * @param wishedFor a later day than that, as an ISO 8601 instant.
 * @throws ApiError 409 if it is cancelled already.
 */
export function cancelInstance(
  { store, ledger }: Sandbox,
  { shown, period }: InstanceRecord,
  by: 'client' | 'person',
  wishedFor = '',
): void {
  if (shown.cancelDate !== '') throw conflict(`Instance ${shown.instanceId} is already cancelled`);
  const periodEnd = endOfPeriod(new Date(shown.createdDate), period);
  const wishedDay = wishedFor === '' ? '' : new Date(wishedFor).toISOString().slice(0, 10);
  shown.cancelDate = wishedDay > periodEnd ? wishedDay : periodEnd;
  const id = String(shown.instanceId);
  store.save('instances', id);
  const { displayName, cancelDate } = shown;
  ledger.record({ effect: 'instance.cancelled', id, detail: { by, displayName, cancelDate } });
}

/** The day on which the period ends that runs now. */
function endOfPeriod(since: Date, months: number): string {
  const end = new Date(since);
  while (end <= new Date()) end.setUTCMonth(end.getUTCMonth() + months);
  return end.toISOString().slice(0, 10);
}
