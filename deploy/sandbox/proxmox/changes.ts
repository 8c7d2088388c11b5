/** Changes of a machine that clients order. */
import { randomBytes } from 'node:crypto';
import { pools, storages } from './catalog.ts';
import { allocated, clonedDisks, isDiskName, sizeOfDisk, storageOfDisk } from './disks.ts';
import { badParameters, refusal } from './errors.ts';
import type { ConfigChange, cloneShape } from './params.ts';
import { digestOf } from './present.ts';
import { type Sandbox, isTaken, nodeOf, refuseIfLocked, save } from './sandbox.ts';
import { type Settings, type Vm, epochSeconds, nextSeq } from './state.ts';
import type { z } from 'zod';

/** What a running machine gets only with its next power cycle. */
const COLD = /^(cores|sockets|memory|hostpci\d+|cpu|machine)$/;
/** Settings that are a machine's own, and not copied. */
const OWN = /^(name|description|template|lock)$/;

/** Begins a clone: the new machine is there at once, locked, on the node of the old one. */
export function cloneMachine(sandbox: Sandbox, source: Vm, wanted: z.output<typeof cloneShape>): string {
  const { store, ledger, tasks, user, bootMs, unmarkedMs } = sandbox;
  const { newid, storage, target = source.node, pool } = wanted;
  refuseIfLocked(source);
  nodeOf(sandbox, target);
  const isTemplate = source.config['template'] === 1;
  const isFull = wanted.full ?? !isTemplate;
  if (!isFull && !isTemplate) throw refusal("Linked clone feature is not supported for drive 'scsi0'");
  if (!isFull && storage !== undefined) {
    throw badParameters({ storage: "parameter 'storage' not allowed for linked clones" });
  }
  if (
    storage !== undefined &&
    !storages.some(({ name, content }) => name === storage && content.includes('images'))
  ) {
    throw refusal(`storage '${storage}' does not exist`);
  }
  if (pool !== undefined && !pools.includes(pool)) throw refusal(`pool '${pool}' does not exist`);
  const from = storages.find(({ name }) => name === storageOfDisk(source.config));
  if (target !== source.node && !from?.shared) {
    throw refusal(`can't clone VM to node '${target}' (VM uses local storage)`);
  }
  if (isTaken(sandbox, newid)) throw refusal(`unable to create VM ${newid}: config file already exists`);

  const { control } = store.state;
  const stuck = control.stuck > 0;
  const silent = !stuck && control.silent > 0;
  if (stuck) control.stuck -= 1;
  if (silent) control.silent -= 1;
  const isUnmarked = control.unmarked.times > 0;
  if (isUnmarked) control.unmarked.times -= 1;
  if (stuck || silent || isUnmarked) store.saveAll('control');
  const { description } = wanted;
  const name = wanted.name ?? `Copy-of-VM-${String(source.config['name'])}`;
  const copied = Object.entries(source.config).filter(([setting]) => !OWN.test(setting));
  const vm: Vm = {
    seq: nextSeq(store),
    vmid: newid,
    node: source.node,
    config: {
      ...Object.fromEntries(copied),
      ...clonedDisks(source.config, newid, storage),
      name,
      ...descriptionOf(description ?? source.config['description']),
      net0: `virtio=${newMac()},bridge=vmbr0`,
      meta: `creation-qemu=10.1.2,ctime=${epochSeconds()}`,
    },
    pending: {},
    lock: 'clone',
    running: false,
    family: source.family,
    osName: source.osName,
    password: '',
    installed: false,
    userData: '',
    address: null,
    // The first, small disk is copied before the clone's settings are written.
    unmarkedUntilMs: Date.now() + (isUnmarked ? control.unmarked.ms : unmarkedMs),
    agentAtMs: 0,
    silent,
    madeAt: epochSeconds(),
    startedAt: 0,
  };
  store.state.vms[String(newid)] = vm;
  save(sandbox, vm);
  ledger.record({ effect: 'instance.created', id: String(newid), detail: { name, description, target } });
  const how = isFull ? 'full' : 'linked';
  return tasks.fork({
    node: source.node,
    type: 'qmclone',
    id: String(source.vmid),
    user,
    log: [
      `creating a clone of VM ${source.vmid} with ID ${newid}`,
      `create ${how} clone of drive scsi0 (${String(source.config['scsi0']).split(',')[0]})`,
      `allocated target volume '${storageOfDisk(vm.config)}:vm-${newid}-disk-0'`,
    ],
    work: { kind: 'clone', vmid: newid, target },
    afterMs: Math.max((isFull ? 0.4 : 0.1) * bootMs, vm.unmarkedUntilMs - Date.now()),
    stuck,
  });
}

/** Changes settings at once, or with the next power cycle where a running machine needs one. */
export function changeConfig(sandbox: Sandbox, vm: Vm, { set, remove, digest }: ConfigChange): void {
  refuseIfLocked(vm);
  if (digest !== undefined && digest !== digestOf(vm)) {
    throw refusal('detected modified configuration - file changed by other user? Try again.');
  }
  const before = JSON.stringify(sizeWords(vm));
  const changes: [string, string | number | null][] = Object.entries(set).map(([name, value]) => [
    name,
    isDiskName(name) ? allocated(vm, String(value)) : value,
  ]);
  for (const name of remove) changes.push([name, null]);
  for (const [name, value] of changes) {
    if (name === 'cipassword') {
      vm.password = String(value ?? '');
      vm.config[name] = '**********';
    } else if (vm.running && COLD.test(name)) {
      if (vm.config[name] === value) delete vm.pending[name];
      else vm.pending[name] = value;
    } else if (value === null) delete vm.config[name];
    else vm.config[name] = value;
    const isNewDisk = isDiskName(name) && value !== null;
    if (isNewDisk)
      sandbox.ledger.record({ effect: 'disk.added', id: String(vm.vmid), detail: { disk: name } });
  }
  save(sandbox, vm);
  const { ledger } = sandbox;
  ledger.record({
    effect: 'instance.changed',
    id: String(vm.vmid),
    detail: { names: changes.map(([name]) => name) },
  });
  if (vm.installed && JSON.stringify(sizeWords(vm)) !== before) {
    ledger.record({ effect: 'instance.resized', id: String(vm.vmid), detail: sizeWords(vm) });
  }
}

/** Takes disks off, with their data. */
export function unlinkDisks(sandbox: Sandbox, vm: Vm, names: string[]): void {
  refuseIfLocked(vm);
  for (const name of names) {
    if (!isDiskName(name) || sizeOfDisk(vm.config[name]) === 0) continue;
    delete vm.config[name];
    sandbox.ledger.record({ effect: 'disk.removed', id: String(vm.vmid), detail: { disk: name } });
  }
  save(sandbox, vm);
}

function sizeWords({ config, pending }: Vm): Settings {
  const of = (name: string): string => String(pending[name] ?? config[name] ?? '');
  return { cores: of('cores'), memory: of('memory') };
}

function descriptionOf(description: string | number | undefined): Settings {
  // It is kept as comment lines, the last of which ends.
  return description === undefined ? {} : { description: `${String(description).trimEnd()}\n` };
}

function newMac(): string {
  const bytes = [...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase());
  return ['BC', '24', '11', ...bytes].join(':');
}
