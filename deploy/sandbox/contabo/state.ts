import { randomBytes } from 'node:crypto';
import type { OsFamily } from '../guests/record.ts';
import type { Store } from '../shared/store.ts';

/** Everything that an instance can show as its status. */
export const statuses = [
  'provisioning',
  'uninstalled',
  'running',
  'stopped',
  'error',
  'installing',
  'unknown',
  'manual_provisioning',
  'product_not_available',
  'verification_required',
  'rescue',
  'pending_payment',
  'other',
  'reset_password',
] as const;
export type Status = (typeof statuses)[number];

interface Ip {
  ip: string;
  netmaskCidr: number;
  gateway: string;
}

/** An instance as the API shows it. */
export interface Instance {
  tenantId: string;
  customerId: string;
  additionalIps: { v4: Ip }[];
  name: string;
  displayName: string;
  instanceId: number;
  dataCenter: string;
  region: string;
  regionName: string;
  productId: string;
  imageId: string;
  ipConfig: { v4: Ip; v6: Ip };
  macAddress: string;
  ramMb: number;
  cpuCores: number;
  osType: string;
  diskMb: number;
  sshKeys: number[];
  createdDate: string;
  /** Empty unless it is cancelled: the day on which it ends. */
  cancelDate: string;
  status: Status;
  vHostId: number;
  vHostNumber: number;
  vHostName: string;
  addOns: { id: number; quantity: number }[];
  errorMessage: string;
  productType: string;
  productName: string;
  defaultUser: string;
}

/** What happens next to an instance by itself. */
export type Step = 'install' | 'ready' | 'settle' | 'rescue';

export interface PlannedStep {
  step: Step;
  /** Epoch milliseconds. */
  dueAtMs: number;
}

export interface InstanceRecord {
  shown: Instance;
  family: OsFamily;
  userData: string;
  period: number;
  /** What the machine does; the status follows a little later. */
  isOn: boolean;
  /** Secrets that its first account is made with. */
  rootPassword?: number;
  /** When and how it moves on; nothing when it rests. */
  next?: PlannedStep;
  /** Its machine never answers, though the API says that all is well. */
  silent: boolean;
}

export interface Snapshot {
  tenantId: string;
  customerId: string;
  snapshotId: string;
  name: string;
  description: string;
  instanceId: number;
  createdDate: string;
  autoDeleteDate: string;
  imageId: string;
  imageName: string;
}

export interface Secret {
  tenantId: string;
  customerId: string;
  secretId: number;
  name: string;
  type: 'password' | 'ssh';
  value: string;
  createdAt: string;
  updatedAt: string;
}

/** One entry of an audit trail. */
export interface Audit {
  id: number;
  action: 'CREATED' | 'UPDATED' | 'DELETED';
  timestamp: string;
  tenantId: string;
  customerId: string;
  changedBy: string;
  username: string;
  requestId: string;
  traceId: string;
  instanceId: number;
  snapshotId?: string;
  changes: object;
}

/** What tests and demonstrations turn on and off. */
export interface Control {
  soldOutRegions: string[];
  instanceLimit: number;
  /** The next instances get this status and stay so. */
  held: { status: Status; times: number };
  /** How many of the next instances have a machine that never answers. */
  silent: number;
  /** The account owes money: nothing that costs can be ordered. */
  unpaid: boolean;
  /** Tokens of an earlier generation are refused. */
  tokenGeneration: number;
  /** Signs tokens. */
  tokenSecret: string;
}

export interface ContaboState {
  instances: Record<string, InstanceRecord>;
  /** Ids are unique over all instances. */
  snapshots: Record<string, Snapshot>;
  secrets: Record<string, Secret>;
  instanceAudits: Record<string, Audit>;
  snapshotAudits: Record<string, Audit>;
  control: Control;
  lastId: number;
  /** Where guests listen; kept, so that a restarted sandbox finds its guests' clients again. */
  guestPorts: { ssh: number; rdp: number };
}

export type ContaboStore = Store<ContaboState>;

/** The state of an account that has just been opened. */
export function freshState(instanceLimit: number): ContaboState {
  return {
    instances: {},
    snapshots: {},
    secrets: {},
    instanceAudits: {},
    snapshotAudits: {},
    control: {
      soldOutRegions: [],
      instanceLimit,
      held: { status: 'provisioning', times: 0 },
      silent: 0,
      unpaid: false,
      tokenGeneration: 1,
      tokenSecret: randomBytes(32).toString('hex'),
    },
    lastId: 0,
    guestPorts: { ssh: 0, rdp: 0 },
  };
}

/** Takes the next number: ids of all kinds are cut from one row. */
export function nextId(store: ContaboStore): number {
  store.state.lastId += 1;
  store.saveAll('lastId');
  return store.state.lastId;
}
