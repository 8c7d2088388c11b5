import { randomBytes, randomUUID } from 'node:crypto';
import type { OsFamily } from '../guests/record.ts';
import type { Store } from '../shared/store.ts';

/** What happens next to a thing by itself. */
export interface PlannedStep<Step extends string> {
  step: Step;
  /** Epoch milliseconds. */
  dueAtMs: number;
}

export type ServerStatus =
  | 'BUILD'
  | 'ACTIVE'
  | 'SHUTOFF'
  | 'ERROR'
  | 'REBOOT'
  | 'REBUILD'
  | 'RESIZE'
  | 'VERIFY_RESIZE'
  | 'REVERT_RESIZE'
  | 'DELETED';

export type ServerStep =
  | 'schedule'
  | 'network'
  | 'spawn'
  | 'stopped'
  | 'started'
  | 'rebooted'
  | 'rebuilt'
  | 'resized'
  | 'confirmed'
  | 'reverted'
  | 'uploaded'
  | 'deleted'
  | 'forgotten';

/** A network card. */
export interface Port {
  id: string;
  networkId: string;
  fixedIp: string;
  securityGroups: string[];
}

export interface ServerRecord {
  /** Counts up over all records. */
  seq: number;
  id: string;
  name: string;
  hostname: string;
  created: string;
  status: ServerStatus;
  task: string | null;
  zone: string;
  /** Name of its flavour, and of the one that a resize may go back to. */
  flavor: string;
  oldFlavor?: string;
  imageId: string;
  bootVolume?: string;
  tags: string[];
  metadata: Record<string, string>;
  /** Base64, as given. */
  userData: string;
  wantsNetworks: string[];
  ports: Port[];
  /** Its machine is off whenever nothing is going on. */
  isOff: boolean;
  fault?: { code: number; message: string; created: string };
  next?: PlannedStep<ServerStep>;
}

export interface ImageRecord {
  seq: number;
  id: string;
  name: string;
  status: 'queued' | 'saving' | 'active';
  created: string;
  size: number | null;
  minDisk: number;
  family: OsFamily;
  osName: string;
  /** Has no disk of its own: made by the levers. */
  isEmpty: boolean;
  properties: Record<string, string>;
}

export interface VolumeRecord {
  seq: number;
  id: string;
  name: string;
  description: string;
  size: number;
  status: 'creating' | 'available' | 'in-use' | 'detaching' | 'deleting' | 'error';
  bootable: boolean;
  metadata: Record<string, string>;
  attachedTo: string | null;
  deleteOnTermination: boolean;
  created: string;
  next?: PlannedStep<'made' | 'detached' | 'deleted'>;
}

export interface FloatingIpRecord {
  id: string;
  address: string;
  portId: string | null;
  description: string;
}

export interface SecurityGroupRule {
  id: string;
  security_group_id: string;
  direction: 'ingress' | 'egress';
  ethertype: 'IPv4' | 'IPv6';
  protocol: string | null;
  port_range_min: number | null;
  port_range_max: number | null;
  remote_ip_prefix: string | null;
}

export interface SecurityGroupRecord {
  id: string;
  name: string;
  description: string;
  rules: SecurityGroupRule[];
}

/** What tests and demonstrations turn on and off. */
export interface Control {
  closedZones: string[];
  instanceLimit: number;
  /** How many of the next servers stay in BUILD for ever. */
  stuck: number;
  /** How many of the next servers find no host. */
  noHost: number;
  /** How many of the next volumes cannot be made. */
  noVolume: number;
  /** Tokens of earlier generations are refused. */
  tokenGeneration: number;
}

export interface OpenStackState {
  servers: Record<string, ServerRecord>;
  images: Record<string, ImageRecord>;
  volumes: Record<string, VolumeRecord>;
  floatingIps: Record<string, FloatingIpRecord>;
  securityGroups: Record<string, SecurityGroupRecord>;
  control: Control;
  lastSeq: number;
  /** Signs tokens, so that they are good over restarts. */
  tokenKey: string;
  guestPorts: { ssh: number; rdp: number };
}
export type OpenStackStore = Store<OpenStackState>;

/** The state of a project that has just been made. */
export function freshState(instanceLimit: number): OpenStackState {
  const defaultGroup: SecurityGroupRecord = {
    id: randomUUID(),
    name: 'default',
    description: 'Default security group',
    rules: [],
  };
  return {
    servers: {},
    images: {},
    volumes: {},
    floatingIps: {},
    securityGroups: { [defaultGroup.id]: defaultGroup },
    control: { closedZones: [], instanceLimit, stuck: 0, noHost: 0, noVolume: 0, tokenGeneration: 1 },
    lastSeq: 0,
    tokenKey: randomBytes(32).toString('base64'),
    guestPorts: { ssh: 0, rdp: 0 },
  };
}

/** Takes the next place in the order of lists. */
export function nextSeq(store: OpenStackStore): number {
  store.state.lastSeq += 1;
  store.saveAll('lastSeq');
  return store.state.lastSeq;
}

/** Uses up one of a lever's times. @returns whether there was one left. */
export function useUp(store: OpenStackStore, lever: 'stuck' | 'noHost' | 'noVolume'): boolean {
  const { control } = store.state;
  if (control[lever] === 0) return false;
  control[lever] -= 1;
  store.saveAll('control');
  return true;
}

/** Now, as the API writes times. */
export function apiTime(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
