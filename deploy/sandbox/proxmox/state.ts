import type { OsFamily } from '../guests/record.ts';
import type { Store } from '../shared/store.ts';

export type Value = string | number;
export type Settings = Record<string, Value>;

/** A machine or a template. */
export interface Vm {
  /** Counts up over all records. */
  seq: number;
  vmid: number;
  node: string;
  /** Settings in force. */
  config: Settings;
  /** Settings that the next power cycle brings; `null` takes one away. */
  pending: Record<string, Value | null>;
  lock: string | null;
  running: boolean;
  family: OsFamily;
  osName: string;
  /** Shown to nobody, unlike the other settings. */
  password: string;
  /** First boot is over. */
  installed: boolean;
  /** What its first boot read. */
  userData: string;
  /** The guest's own; set at its first start. */
  address: string | null;
  /** Until when a clone shows nothing but its lock, in epoch milliseconds. */
  unmarkedUntilMs: number;
  /** When the guest's agent answers, in epoch milliseconds. */
  agentAtMs: number;
  silent: boolean;
  /** Epoch seconds. */
  madeAt: number;
  startedAt: number;
}

/** What a task does to its machine when its time is over. */
export type Work =
  | { kind: 'clone'; vmid: number; target: string }
  | { kind: 'start'; vmid: number }
  | { kind: 'stop'; vmid: number; isAsked: boolean }
  | { kind: 'reboot'; vmid: number }
  | { kind: 'resize'; vmid: number; disk: string; size: string }
  | { kind: 'destroy'; vmid: number }
  | { kind: 'backup'; vmid: number; storage: string; notes: string }
  | { kind: 'restore'; vmid: number; volid: string; start: boolean }
  | { kind: 'remove-volume'; volid: string };

export interface Task {
  seq: number;
  upid: string;
  node: string;
  type: string;
  /** Of the machine that the task is filed under. */
  id: string;
  user: string;
  /** Epoch seconds. */
  starttime: number;
  endtime?: number;
  exitstatus?: string;
  log: string[];
  work: Work;
  /** Epoch milliseconds; never if stuck. */
  dueAtMs: number;
  stuck: boolean;
}

export interface Backup {
  volid: string;
  storage: string;
  vmid: number;
  size: number;
  notes: string;
  /** Epoch seconds. */
  ctime: number;
  config: Settings;
  /** The image with the guest's files, if it had been started. */
  image: string | null;
}

/** What tests and demonstrations turn on and off. */
export interface Control {
  /** Nodes by name: gone, or all of their memory promised. */
  offline: string[];
  full: string[];
  /** Ids that containers have. */
  containers: { from: number; to: number } | null;
  /** How many of the next clones never end. */
  stuck: number;
  /** How many of the next machines have a guest that never answers. */
  silent: number;
  /** How many of the next clones show nothing but their lock for how long, in milliseconds. */
  unmarked: { times: number; ms: number };
  /** How the next task of a type ends, instead of well. */
  failing: { type: string; exitstatus: string }[];
}

export interface ProxmoxState {
  vms: Record<string, Vm>;
  tasks: Record<string, Task>;
  backups: Record<string, Backup>;
  control: Control;
  lastSeq: number;
  guestPorts: { ssh: number; rdp: number };
}

export type ProxmoxStore = Store<ProxmoxState>;

/** Takes the next place in the order of lists. */
export function nextSeq(store: ProxmoxStore): number {
  store.state.lastSeq += 1;
  store.saveAll('lastSeq');
  return store.state.lastSeq;
}

export function epochSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}
