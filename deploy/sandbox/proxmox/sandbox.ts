import type { Guests } from '../guests/guests.ts';
import type { Ledger } from '../shared/ledger.ts';
import { lookUp } from '../shared/lookup.ts';
import { nodes } from './catalog.ts';
import { ApiError, noConfig, refusal } from './errors.ts';
import type { ProxmoxStore, Vm } from './state.ts';
import type { TaskEngine } from './tasks.ts';

/** What every route of the stand-in works with. */
export interface Sandbox {
  store: ProxmoxStore;
  ledger: Ledger;
  guests: Guests;
  tasks: TaskEngine;
  /** The account's user, as tasks name it. */
  user: string;
  bootMs: number;
  /** How long a clone shows nothing but its lock, in milliseconds. */
  unmarkedMs: number;
  /** The directory behind the storage `snippets`. */
  snippetDir: string;
}

/** @throws ApiError 500 where the cluster has no such node, 595 where it cannot be reached. */
export function nodeOf({ store }: Sandbox, name: string): string {
  if (!nodes.some((node) => node.name === name)) throw refusal(`no such cluster node '${name}'`);
  if (store.state.control.offline.includes(name)) throw new ApiError(595, 'No route to host');
  return name;
}

/** The machine of that id on that node. @throws ApiError 500 when it is not there, also when another node has it. */
export function vmOf(sandbox: Sandbox, node: string, vmid: string): Vm {
  nodeOf(sandbox, node);
  const vm = lookUp(sandbox.store.state.vms, vmid);
  if (vm?.node !== node) throw noConfig(node, Number(vmid));
  return vm;
}

/** @throws ApiError 500, and nothing is done, while something else is going on with the machine. */
export function refuseIfLocked({ lock }: Vm): void {
  if (lock !== null) throw refusal(`VM is locked (${lock})`);
}

export function save({ store }: Sandbox, { vmid }: Vm): void {
  store.save('vms', String(vmid));
}

/** Whether a machine or a container has the id. */
export function isTaken({ store }: Sandbox, vmid: number): boolean {
  const { vms, control } = store.state;
  const { containers } = control;
  const isContainer = containers !== null && vmid >= containers.from && vmid <= containers.to;
  return Object.hasOwn(vms, String(vmid)) || isContainer;
}
