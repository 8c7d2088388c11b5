import type { OsFamily } from '../guests/record.ts';
import type { Store } from '../shared/store.ts';

/** An instance as the API shows it, apart from the deprecated `tag`. */
export interface Instance {
  id: string;
  os: string;
  ram: number;
  disk: number;
  main_ip: string;
  vcpu_count: number;
  region: string;
  plan: string;
  date_created: string;
  status: 'pending' | 'active' | 'suspended' | 'resizing';
  power_status: 'running' | 'stopped';
  server_status: 'none' | 'locked' | 'installingbooting' | 'ok';
  allowed_bandwidth: number;
  netmask_v4: string;
  gateway_v4: string;
  v6_network: string;
  v6_main_ip: string;
  v6_network_size: number;
  v6_networks: { network: string; main_ip: string; network_size: number }[];
  label: string;
  internal_ip: string;
  kvm: string;
  hostname: string;
  os_id: number;
  app_id: number;
  image_id: string;
  snapshot_id: string;
  firewall_group_id: string;
  features: string[];
  tags: string[];
  user_scheme: 'root' | 'limited';
  vpc_only: boolean;
}

/** What happens next to an instance by itself. */
export type Step = 'reserve' | 'install' | 'ready' | 'power-on' | 'resized' | 'unlock';

export interface PlannedStep {
  step: Step;
  /** Epoch milliseconds. */
  dueAtMs: number;
}

/** Bytes of one day. */
export interface Traffic {
  incoming_bytes: number;
  outgoing_bytes: number;
}

export interface InstanceRecord {
  /** Counts up over all records; lists are in this order. */
  seq: number;
  shown: Instance;
  family: OsFamily;
  /** Base64, as given. */
  userData: string;
  sshKeyIds: string[];
  /** When and how it moves on; nothing when it rests. */
  next?: PlannedStep;
  /** The plan it is being resized to. */
  nextPlan?: string;
  /** Its machine never answers, though the API says that all is well. */
  silent: boolean;
  /** By UTC day, `YYYY-MM-DD`. */
  traffic: Record<string, Traffic>;
  /** Beside the main one. */
  extraIpv4s?: string[];
}

export interface Snapshot {
  id: string;
  date_created: string;
  description: string;
  size: number;
  compressed_size: number;
  status: 'pending' | 'complete';
  os_id: number;
  app_id: number;
}

export interface SnapshotRecord {
  seq: number;
  shown: Snapshot;
  family: OsFamily;
  osName: string;
  bytes: number;
  /** GB of the disk it was taken from: no smaller disk holds it. */
  diskGb: number;
  /** When it is complete. */
  dueAtMs: number;
}

/** Block storage as the API shows it; what it says of the instance it is attached to is looked up. */
export interface Block {
  id: string;
  date_created: string;
  cost: number;
  pending_charges: number;
  size_gb: number;
  region: string;
  attached_to_instance: string;
  label: string;
  mount_id: string;
  block_type: 'high_perf' | 'storage_opt';
  os_id: number;
  snapshot_id: string;
  bootable: boolean;
}

export interface BlockRecord {
  seq: number;
  shown: Block;
  /** It is pending until then. */
  dueAtMs: number;
}

export interface FirewallRule {
  id: number;
  type: 'v4' | 'v6';
  ip_type: 'v4' | 'v6';
  action: 'accept';
  protocol: string;
  port: string;
  subnet: string;
  subnet_size: number;
  source: string;
  notes: string;
}

export interface FirewallGroupRecord {
  seq: number;
  shown: { id: string; description: string; date_created: string; date_modified: string };
  rules: FirewallRule[];
  lastRuleId: number;
}

export interface SshKey {
  id: string;
  date_created: string;
  name: string;
  ssh_key: string;
}

/** What tests and demonstrations turn on and off. */
export interface Control {
  soldOutRegions: string[];
  instanceLimit: number;
  /** How many of the next instances stay pending for ever. */
  stuck: number;
  /** How many of the next instances have a machine that never answers. */
  silent: number;
  /** Nothing moves on by itself. */
  held: boolean;
}

export interface VultrState {
  instances: Record<string, InstanceRecord>;
  snapshots: Record<string, SnapshotRecord>;
  sshKeys: Record<string, { seq: number; shown: SshKey }>;
  blocks: Record<string, BlockRecord>;
  firewallGroups: Record<string, FirewallGroupRecord>;
  control: Control;
  lastSeq: number;
  /** Where guests listen; kept, so that a restarted sandbox finds its guests' clients again. */
  guestPorts: { ssh: number; rdp: number };
}

export type VultrStore = Store<VultrState>;

/** The state of an account that has just been opened. */
export function freshState(instanceLimit: number): VultrState {
  return {
    instances: {},
    snapshots: {},
    sshKeys: {},
    blocks: {},
    firewallGroups: {},
    control: { soldOutRegions: [], instanceLimit, stuck: 0, silent: 0, held: false },
    lastSeq: 0,
    guestPorts: { ssh: 0, rdp: 0 },
  };
}

/** Takes the next place in the order of lists. */
export function nextSeq(store: VultrStore): number {
  store.state.lastSeq += 1;
  store.saveAll('lastSeq');
  return store.state.lastSeq;
}

/** Now, as the API writes times. */
export function apiTime(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, '+00:00');
}
