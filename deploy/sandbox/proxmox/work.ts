/** What tasks do when their time is over. */
import { randomUUID } from 'node:crypto';
import { drawAddress } from '../guests/addresses.ts';
import type { Guests } from '../guests/guests.ts';
import type { Ledger } from '../shared/ledger.ts';
import { lookUp } from '../shared/lookup.ts';
import { mappings } from './catalog.ts';
import { bytesOf, sizeOfDisk, withSize } from './disks.ts';
import { guestSetup } from './first-boot.ts';
import { type ProxmoxStore, type Vm, type Work, epochSeconds } from './state.ts';

export interface WorkTools {
  store: ProxmoxStore;
  guests: Guests;
  ledger: Ledger;
  snippetDir: string;
  bootMs: number;
}

/** Does a task's work. @returns its exit status */
export async function finishWork(tools: WorkTools, work: Work): Promise<string> {
  if (work.kind === 'remove-volume') return removeVolume(tools, work.volid);
  const vm = lookUp(tools.store.state.vms, String(work.vmid));
  if (!vm) return `unable to find configuration file for VM ${work.vmid} on node`;
  switch (work.kind) {
    case 'clone':
      vm.lock = null;
      vm.node = work.target;
      return saved(tools, vm);
    case 'start':
      return startMachine(tools, vm);
    case 'stop':
      return stopMachine(tools, vm, work.isAsked);
    case 'reboot':
      return rebootMachine(tools, vm);
    case 'resize':
      return resizeDisk(tools, vm, work.disk, work.size);
    case 'destroy':
      await removeMachine(tools, vm, 'client');
      return 'OK';
    case 'backup':
      return backUp(tools, vm, work);
    case 'restore':
      return restore(tools, vm, work);
  }
}

/** What is left of a task that failed or was ended. */
export function undoWork({ store, ledger }: WorkTools, work: Work): void {
  if (work.kind === 'remove-volume') return;
  const vm = lookUp(store.state.vms, String(work.vmid));
  if (!vm) return;
  if (work.kind === 'clone') {
    delete store.state.vms[String(vm.vmid)];
    ledger.record({ effect: 'instance.deleted', id: String(vm.vmid), detail: { by: 'failed clone' } });
  }
  vm.lock = null;
  store.save('vms', String(vm.vmid));
}

async function startMachine(tools: WorkTools, vm: Vm): Promise<string> {
  if (vm.running) return `VM ${vm.vmid} already running`;
  applyPending(vm);
  const effect = vm.installed ? 'instance.started' : 'instance.booted';
  const busy = busyCard(tools, vm);
  if (busy !== null) return `PCI device mapping '${busy}': every device is already in use`;
  try {
    await powerOn(tools, vm);
  } catch (error) {
    return (error as Error).message;
  }
  tools.ledger.record({ effect, id: String(vm.vmid) });
  return saved(tools, vm);
}

/** Its guest answers from now on, and its agent a little later. */
async function powerOn({ store, guests, snippetDir, bootMs }: WorkTools, vm: Vm): Promise<void> {
  const id = String(vm.vmid);
  if (!vm.installed) {
    const setup = guestSetup(vm, snippetDir);
    await guests.install(id, setup);
    vm.installed = true;
    vm.userData = setup.userData;
  }
  vm.address = fixedAddress(vm) ?? vm.address ?? drawAddress(addressesOf(store));
  if (!vm.silent) await guests.boot(id, vm.address);
  Object.assign(vm, { running: true, startedAt: epochSeconds(), agentAtMs: Date.now() + 0.2 * bootMs });
}

async function stopMachine(tools: WorkTools, vm: Vm, isAsked: boolean): Promise<string> {
  if (!vm.running) return isAsked ? `VM ${vm.vmid} not running` : 'OK';
  vm.running = false;
  applyPending(vm);
  await tools.guests.shutDown(String(vm.vmid));
  tools.ledger.record({ effect: 'instance.stopped', id: String(vm.vmid) });
  return saved(tools, vm);
}

async function rebootMachine(tools: WorkTools, vm: Vm): Promise<string> {
  if (!vm.running) return `VM ${vm.vmid} not running`;
  await tools.guests.shutDown(String(vm.vmid));
  applyPending(vm);
  await powerOn(tools, vm);
  tools.ledger.record({ effect: 'instance.rebooted', id: String(vm.vmid) });
  return saved(tools, vm);
}

function resizeDisk(tools: WorkTools, vm: Vm, disk: string, size: string): string {
  const value = String(vm.config[disk] ?? '');
  const before = sizeOfDisk(value);
  const after = size.startsWith('+') ? before + bytesOf(size.slice(1)) : bytesOf(size);
  if (after < before) return 'shrinking disks is not supported';
  vm.config[disk] = withSize(value, after);
  if (after > before) tools.ledger.record({ effect: 'disk.grown', id: String(vm.vmid), detail: { disk } });
  return saved(tools, vm);
}

/** @param by who did it, for the ledger */
export async function removeMachine({ store, ledger, guests }: WorkTools, vm: Vm, by: string): Promise<void> {
  const id = String(vm.vmid);
  delete store.state.vms[id];
  store.save('vms', id);
  ledger.record({ effect: 'instance.deleted', id, detail: { by } });
  await guests.destroy(id);
}

async function backUp(
  tools: WorkTools,
  vm: Vm,
  { storage, notes }: Extract<Work, { kind: 'backup' }>,
): Promise<string> {
  const { store, guests, ledger } = tools;
  const image = vm.installed ? randomUUID() : null;
  if (image !== null) await guests.capture(String(vm.vmid), image);
  const stamp = new Date().toISOString().replace(/[-:]/g, '_').replace('T', '-').slice(0, 19);
  const base = `${storage}:backup/vzdump-qemu-${vm.vmid}-${stamp}`;
  let volid = `${base}.vma.zst`;
  // A stamp tells seconds; a second backup in the same one waits there.
  for (let more = 1; Object.hasOwn(store.state.backups, volid); more += 1) volid = `${base}-${more}.vma.zst`;
  const size = Math.max(1, Math.round(sizeOfDisk(vm.config['scsi0']) / 10));
  const config = { ...vm.config };
  const backup = { volid, storage, vmid: vm.vmid, size, notes, ctime: epochSeconds(), config, image };
  store.state.backups[volid] = backup;
  store.save('backups', volid);
  ledger.record({ effect: 'backup.completed', id: volid, detail: { vmid: vm.vmid, notes } });
  vm.lock = null;
  return saved(tools, vm);
}

async function restore(
  tools: WorkTools,
  vm: Vm,
  { volid, start }: Extract<Work, { kind: 'restore' }>,
): Promise<string> {
  vm.lock = null;
  const backup = lookUp(tools.store.state.backups, volid);
  if (!backup) return saved(tools, vm, `volume '${volid}' does not exist`);
  vm.config = { ...backup.config };
  vm.pending = {};
  if (backup.image !== null) await tools.guests.restore(String(vm.vmid), backup.image);
  tools.ledger.record({ effect: 'instance.restored', id: String(vm.vmid), detail: { volid } });
  if (start) await powerOn(tools, vm);
  return saved(tools, vm);
}

async function removeVolume({ store, guests, ledger }: WorkTools, volid: string): Promise<string> {
  const backup = lookUp(store.state.backups, volid);
  if (!backup) return `volume '${volid}' does not exist`;
  delete store.state.backups[volid];
  store.save('backups', volid);
  ledger.record({ effect: 'backup.deleted', id: volid });
  if (backup.image !== null) await guests.removeImage(backup.image);
  return 'OK';
}

function saved({ store }: WorkTools, { vmid }: Vm, exitstatus = 'OK'): string {
  store.save('vms', String(vmid));
  return exitstatus;
}

export function applyPending(vm: Vm): void {
  for (const [name, value] of Object.entries(vm.pending)) {
    if (value === null) delete vm.config[name];
    else vm.config[name] = value;
  }
  vm.pending = {};
}

export function fixedAddress({ config }: Vm): string | null {
  return /^ip=(\d+\.\d+\.\d+\.\d+)\//.exec(String(config['ipconfig0'] ?? ''))?.[1] ?? null;
}

function addressesOf({ state }: ProxmoxStore): Set<string> {
  return new Set(Object.values(state.vms).flatMap(({ address }) => address ?? []));
}

/** The mapping of a card that the machine wants and that is not to be had. */
function busyCard({ store }: WorkTools, vm: Vm): string | null {
  const wanted = cardOf(vm);
  if (wanted === null) return null;
  const users = Object.values(store.state.vms).filter((other) => other.running && cardOf(other) === wanted);
  return users.length >= (mappings[wanted] ?? 0) ? wanted : null;
}

function cardOf({ config }: Vm): string | null {
  return /^mapping=([^,]+)/.exec(String(config['hostpci0'] ?? ''))?.[1] ?? null;
}
