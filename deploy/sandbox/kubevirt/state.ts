import type { Store } from '../shared/store.ts';

/** Any object of the cluster. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
  [part: string]: unknown;
}

export interface Metadata {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string }[];
}

/** What the cluster knows of a machine apart from its objects. */
export interface Machine {
  name: string;
  /** Its guest's id. */
  uid: string;
  /** On the guests' network; empty until it first runs. It keeps the address, as on networks with fixed ones. */
  address: string;
  /** The disk that its system is on; none before its first boot. */
  disk: string;
  /** What the last first boot read. */
  userData: string;
  /** Stays as it was created. */
  stuck: boolean;
  /** Runs, but nothing answers on it. */
  silent: boolean;
}

export type Step =
  | 'provision'
  | 'schedule'
  | 'boot'
  | 'end-run'
  | 'run-ended'
  | 'finalize'
  | 'capture'
  | 'miss-deadline'
  | 'put-back';

/** What happens by itself: at most one thing to one object. */
export interface Job {
  step: Step;
  /** Name of the machine, snapshot or restore. */
  name: string;
  /** Epoch milliseconds. */
  dueAtMs: number;
}

export interface Control {
  closedZones: string[];
  instanceLimit: number;
  /** How many of the next machines stay as they are created. */
  stuck: number;
  /** How many of the next machines never answer. */
  silent: number;
}

export interface KubeState {
  /** By `<plural>/<name>`. */
  objects: Record<string, KubeObject>;
  /** By name. */
  machines: Record<string, Machine>;
  /** By `<plural>/<name>`. */
  jobs: Record<string, Job>;
  control: Control;
  /** Counts up over all changes of all objects. */
  version: number;
  guestPorts: { ssh: number; rdp: number };
  /** The commit that was applied last. */
  appliedCommit: string;
}

export type KubeStore = Store<KubeState>;

export function freshState(instanceLimit: number): KubeState {
  return {
    objects: {},
    machines: {},
    jobs: {},
    control: { closedZones: [], instanceLimit, stuck: 0, silent: 0 },
    version: 1,
    guestPorts: { ssh: 0, rdp: 0 },
    appliedCommit: '',
  };
}
