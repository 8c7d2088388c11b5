import type { Store } from '../shared/store.ts';

/** One variable of an application or service. */
export interface Variable {
  uuid: string;
  key: string;
  value: string;
  is_literal: boolean;
  is_multiline: boolean;
  is_preview: boolean;
  is_shown_once: boolean;
}

/** An application or a service. */
export interface Resource {
  /** Counts up over all records; lists are in this order. */
  seq: number;
  kind: 'application' | 'service';
  uuid: string;
  name: string;
  description: string | null;
  serverUuid: string;
  /** `<status>:<health>`. */
  status: string;
  /** Addresses on the web, separated by commas; `null` for none. */
  fqdn: string | null;
  /** Loopback address of its guest. */
  address: string;
  variables: Record<string, Variable>;
  /** The rest of what it was made or changed with, as stored. */
  settings: Record<string, unknown>;
  /** Its containers stay as they are right after the first start. */
  isStuck: boolean;
  /** Whether its containers ever came up. */
  wasUp: boolean;
  createdAt: string;
  updatedAt: string;
}

export interface Deployment {
  seq: number;
  uuid: string;
  applicationUuid: string;
  status: 'queued' | 'in_progress' | 'finished' | 'failed' | 'cancelled-by-user';
  restartOnly: boolean;
  createdAt: string;
}

/** What the queue worker does next; the API has answered by then. */
export interface Job {
  id: string;
  resource: string;
  step: 'starting' | 'up' | 'deploying' | 'deployed' | 'stop' | 'delete';
  /** Epoch milliseconds. */
  dueAtMs: number;
  deployment?: string;
}

export interface Server {
  uuid: string;
  name: string;
  isReachable: boolean;
}

/** Who is let in: everybody with the token, or nobody, for one of the reasons that the API gives. */
export type Access = 'open' | 'api-disabled' | 'ip-refused' | 'no-ability' | 'no-team';

/** What tests and demonstrations turn on and off. */
export interface Control {
  /** How many of the next resources never come up. */
  stuck: number;
  /** How many of the next deployments fail. */
  failing: number;
  isQueueFull: boolean;
  /** Nothing that is queued is carried out. */
  isHeld: boolean;
  access: Access;
}

export interface CoolifyState {
  resources: Record<string, Resource>;
  deployments: Record<string, Deployment>;
  jobs: Record<string, Job>;
  servers: Record<string, Server>;
  control: Control;
  lastSeq: number;
  /** Where guests listen; kept, so that a restarted sandbox finds its guests' clients again. */
  guestPort: number;
}

export type CoolifyStore = Store<CoolifyState>;

/** The project that orders must name. */
export const PROJECT_UUID = 'sandboxproject0000000001';
export const ENVIRONMENT = 'production';
/** The first is the one that `COOLIFY_SERVER_UUID` names where nothing else is said. */
export const SERVER_UUIDS = ['sandboxserver00000000001', 'sandboxserver00000000002'] as const;

/** The state of a Coolify that has just been set up with two servers. */
export function freshState(): CoolifyState {
  const servers = SERVER_UUIDS.map((uuid, index) => ({
    uuid,
    name: `server-${index + 1}`,
    isReachable: true,
  }));
  return {
    resources: {},
    deployments: {},
    jobs: {},
    servers: Object.fromEntries(servers.map((server) => [server.uuid, server])),
    control: { stuck: 0, failing: 0, isQueueFull: false, isHeld: false, access: 'open' },
    lastSeq: 0,
    guestPort: 0,
  };
}

/** Takes the next place in the order of lists. */
export function nextSeq(store: CoolifyStore): number {
  store.state.lastSeq += 1;
  store.saveAll('lastSeq');
  return store.state.lastSeq;
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Ids are 24 lower-case letters and digits. */
export function newUuid(): string {
  return Array.from({ length: 24 }, () => ALPHABET[Math.floor(Math.random() * ALPHABET.length)]).join('');
}

/** Now, as the API writes times. */
export function apiTime(): string {
  return new Date().toISOString().replace(/\.(\d{3})Z$/, '.$1000Z');
}
