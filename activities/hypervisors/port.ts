/**
 * The one interface that every hypervisor or platform driver implements, in one file each, and that
 * `conformance.ts` examines. A driver talks to one account at one provider; it keeps no state of its own.
 *
 * All methods throw {@link TenureFailure} and nothing else for what the provider answers: `retryable` (time-out, 5xx,
 * connection), `throttled` (429), `needs-a-human` (key refused, quota full, payment needed), `refused` (bad request,
 * sold out, unknown plan). No method repeats a mutating call by itself: whether a lost answer may be repeated is decided
 * by the caller, who first looks with {@link Hypervisor.findByKey}.
 */
import type { AccessProtocol } from '../../schemas/catalog/access.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import type { LocalizedText } from '../../schemas/language.ts';

/**
 * The failures' `reason`s beside those of `activities/http/failures.ts`. Of all reasons, only `answer-lost` leaves open
 * whether a mutating call had its effect; with every other one it surely had none.
 */
export const HYPERVISOR_REASONS = {
  /** `refused`: the region has no capacity for this plan, or does not offer it. Another region may. */
  regionSoldOut: 'region-sold-out',
  /** `needs-a-human`: the account may not have more; ask the provider to raise its limit. */
  quotaFull: 'quota-full',
  /** `retryable`: the provider is doing something else with it. */
  locked: 'locked',
  /** `refused`: a plan's entry for this provider is wrong or lacks the region; `message` names the field. */
  badPlan: 'bad-plan',
  /** `refused`: an empty or malformed reference; nothing was sent. */
  badRef: 'bad-ref',
  /** `refused`: not among the driver's capabilities. */
  unsupported: 'unsupported',
} as const;

/** What the provider has, in Tenure's words. */
export interface ProviderInstance {
  /** The provider's own id. */
  ref: string;
  /** The business key found on the resource; `null` if it is not one of ours. */
  key: string | null;
  /**
   * `creating` accepted but not usable yet · `running` powered on and installed · `stopped` powered off, disk kept ·
   * `busy` locked by the provider (resize, restore …) · `failed` the provider gave up on it.
   */
  state: 'creating' | 'running' | 'stopped' | 'busy' | 'failed';
  /** Public address (IPv4 or IPv6 text; the URL of an application), or `null` while there is none; placeholders are `null`. */
  address: string | null;
  /** Region in the provider's words. */
  region: string;
  /** ISO 8601 instant, if the provider tells. */
  createdAt: string | null;
  /** Its name for people, at the provider. */
  name: string | null;
  /** Its size in the provider's words (a plan, product or flavour), to compare with {@link Hypervisor.sizeOf}; `null` if it has none. */
  size: string | null;
}

export interface ProviderSnapshot {
  ref: string;
  key: string | null;
  state: 'pending' | 'complete' | 'failed';
  sizeBytes: number | null;
}

export interface CreateInstanceRequest {
  /** Business key, put on the resource at creation so that it can be found again. Unique per making. */
  key: string;
  /** Host name and label: lower-case letters, digits and dashes. */
  hostname: string;
  /** Tenure's region key. */
  region: string;
  /** The plan's `providers.<name>` entry; validated by {@link Hypervisor.checkPlan}. */
  plan: Record<string, unknown>;
  /** First-boot data as plain text (cloud-config YAML or PowerShell); the driver encodes it as its provider wants. */
  userData: string;
  /** More marks for people and inventories, e.g. tenant and subscription ids; best effort where there are no tags. */
  labels: Record<string, string>;
}

/** What only some providers can do; a driver has those that its {@link Hypervisor.operations} has. */
export type Operation = keyof InstanceOperations;

export interface Capabilities {
  /** Snapshots of a running instance's disk. */
  snapshots: boolean;
  /** A snapshot stays when its instance is deleted; `false` also where there are none. */
  snapshotsOutlive: boolean;
  /** Why an operation is lacking and what is done instead, one sentence for customers each. */
  lacks: Partial<Record<Operation, LocalizedText>>;
  /** The provider goes on charging for a stopped instance. */
  billsWhileStopped: boolean;
  /** First-boot user data is honoured. */
  userData: boolean;
  /** A snapshot can be restored onto another instance than the one that it was taken of, also when that one is gone. */
  restoresElsewhere: boolean;
  /** How customers can enter what is made here. */
  protocols: readonly AccessProtocol[];
}

/** A way to an instance's screen when its network does not answer. */
export interface ConsoleLink {
  /** Opens in a browser. */
  url: string;
  /** ISO 8601 instant, if the provider tells. */
  expiresAt: string | null;
}

export interface ProviderDisk {
  ref: string;
  /** The business key found on it; `null` if it is not one of ours. */
  key: string | null;
  sizeGb: number;
  /** The instance it is attached to, or `null`. */
  instanceRef: string | null;
}

export interface ProviderAddress {
  ref: string;
  /** IPv4 or IPv6 text; `null` while there is none yet. */
  address: string | null;
  instanceRef: string | null;
}

/** Lets traffic in; what no rule lets in is kept out. Traffic out is free. */
export interface FirewallRule {
  protocol: 'tcp' | 'udp' | 'icmp';
  /** First and last port; `null` for icmp. */
  ports: { from: number; to: number } | null;
  /** IPv4 or IPv6 network, e.g. `0.0.0.0/0`. */
  source: string;
}

/** How an instance is to be made anew or changed. */
export interface InstanceShape {
  /** The plan's `providers.<name>` entry. */
  plan: Record<string, unknown>;
  /** Tenure's region key. */
  region: string;
}

/**
 * What a provider may have beside making, keeping and deleting. A driver leaves out what its provider lacks and says why in
 * {@link Capabilities.lacks}; callers ask through `operationOf`, which refuses in typed words. Every operation answers on acceptance:
 * poll {@link Hypervisor.get} until the state is no longer `busy`. All throw `refused`/`not-found` for an instance that is not there.
 */
export interface InstanceOperations {
  /** Restarts a running instance. */
  reboot(ref: string): Promise<void>;
  /** Changes the size to the plan's, disk and address kept; nothing if it has that size. Done when `size` is the plan's. */
  resize(ref: string, to: InstanceShape): Promise<void>;
  /** Installs the plan's image over the disk, same reference; first boot reads `userData`. */
  reinstall(ref: string, from: InstanceShape & { hostname: string; userData: string }): Promise<void>;
  /** Changes the name for people. */
  rename(ref: string, name: string): Promise<void>;
  console(ref: string): Promise<ConsoleLink>;
  /** Puts a snapshot's disk back, same reference. */
  restoreSnapshot(ref: string, snapshotRef: string): Promise<void>;
  /**
   * Adds an empty disk that bears `key`. Never repeated by the driver: look with {@link disks} first. With the same key again it
   * goes on where an interrupted call stopped.
   */
  addDisk(ref: string, disk: { key: string; sizeGb: number }): Promise<ProviderDisk>;
  /** The extra disks of an instance. */
  disks(ref: string): Promise<ProviderDisk[]>;
  /** Takes an extra disk off and deletes it with its data; succeeds if it is already gone. */
  removeDisk(ref: string, diskRef: string): Promise<void>;
  /** Adds a public address. Never repeated by the driver: look with {@link addresses} first. */
  addAddress(ref: string, family: 4 | 6): Promise<ProviderAddress>;
  /** All public addresses of an instance, the first one included. */
  addresses(ref: string): Promise<ProviderAddress[]>;
  /** Gives an extra address back; succeeds if it is already gone. */
  removeAddress(ref: string, addressRef: string): Promise<void>;
  /** Replaces the rules of an instance's own firewall; none let nothing in. The same rules again change nothing. */
  setFirewall(ref: string, rules: readonly FirewallRule[]): Promise<void>;
  /** The rules in force, or `null` if there is no firewall. */
  firewall(ref: string): Promise<FirewallRule[] | null>;
}

/** A part of a provider's capacity: a node of own hardware, or the quota of a cloud account. `null` where it does not tell. */
export interface CapacityPart {
  /** Node or region in the provider's words; empty for the whole account. */
  name: string;
  /** Whether it takes new instances: online and not being drained. */
  open: boolean;
  cpus: Share;
  memoryMb: Share;
  diskGb: Share;
  instances: Share;
}

export interface Share {
  used: number | null;
  total: number | null;
}

export interface Hypervisor {
  /** Name in the catalogue's `providers`, the registry and the task queue. */
  readonly name: string;
  readonly capabilities: Capabilities;
  /**
   * How long after a create whose answer was lost the resource may still turn up in the inventory, in ms: client time-out
   * plus settling. A create may be repeated only after it.
   */
  readonly createSettleMs: number;
  /** How often a caller should look while waiting, in ms. */
  readonly pollMs: number;
  /** The account's quota as configured: the rate limit of the task queue. Each process keeps to it by itself, too. */
  readonly requestsPerSecond: number;
  /** What this provider has beyond the rest of this interface. */
  readonly operations: Partial<InstanceOperations>;

  /** Checks a plan's `providers.<name>` entry for a region without asking the provider; throws `refused` naming the field. */
  checkPlan(plan: Record<string, unknown>, region: string): void;
  /** The size that an instance of this plan has, in the words of {@link ProviderInstance.size}. @throws TenureFailure `refused` as checkPlan */
  sizeOf(plan: Record<string, unknown>, region: string): string;
  /** Whether what was seen in `seen` (a {@link ProviderInstance.region}) is where this plan has `region`. @throws TenureFailure as checkPlan */
  isInRegion(plan: Record<string, unknown>, region: string, seen: string): boolean;
  /** What there is and what is used, as far as the provider tells; an empty list if it tells nothing. */
  capacity(): Promise<CapacityPart[]>;
  /** Orders one instance. Never repeated by the driver. Answers as soon as the provider accepted it. */
  create(request: CreateInstanceRequest): Promise<ProviderInstance>;
  /**
   * Takes what steps are to take next in a making that needs more calls than the create. Only at providers that have such: callers
   * do it before each look at an instance that is being made, with the request that it was ordered with. Each step is decided by
   * what the provider shows, so it may be repeated, by anybody and at any time; nothing happens to what is made.
   */
  advance?(ref: string, request: CreateInstanceRequest): Promise<void>;
  /**
   * Removes what a making that was given up may have left beside its instance, by its key alone. Only at providers where something is
   * made before the instance; nothing happens while the instance is there.
   */
  forget?(key: string): Promise<void>;
  /** All instances bearing `key`, read from the provider's inventory (all pages). */
  findByKey(key: string): Promise<ProviderInstance[]>;
  /** One instance, or `null` if the provider has none of that id (also right after its deletion). */
  get(ref: string): Promise<ProviderInstance | null>;
  /** The account's whole inventory, page by page, ours or not. */
  list(): AsyncIterable<ProviderInstance>;
  /** Powers on; succeeds if it already runs. Answers on acceptance; poll {@link get}. */
  start(ref: string): Promise<void>;
  /** Powers off and keeps the disk; succeeds if it is already off. Answers on acceptance. */
  stop(ref: string): Promise<void>;
  /** Deletes for ever; succeeds if it is already gone. `ref` must not be empty (throws `refused`). */
  delete(ref: string): Promise<void>;

  /** Orders a snapshot marked with `key`. Never repeated by the driver. Throws `refused` if not in {@link capabilities}. */
  createSnapshot(ref: string, key: string): Promise<ProviderSnapshot>;
  /** All snapshots bearing `key`. */
  findSnapshotsByKey(key: string): Promise<ProviderSnapshot[]>;
  getSnapshot(snapshotRef: string): Promise<ProviderSnapshot | null>;
  /** The account's snapshots, page by page, ours or not; nothing without the capability. */
  listSnapshots(): AsyncIterable<ProviderSnapshot>;
  /** Deletes a snapshot; succeeds if it is already gone. */
  deleteSnapshot(snapshotRef: string): Promise<void>;
}

/**
 * The operation, if the provider has it.
 * @throws TenureFailure `refused` (`unsupported`) with the driver's own sentence, in English as all failures.
 */
export function operationOf<O extends Operation>(
  { name, operations, capabilities }: Hypervisor,
  operation: O,
): InstanceOperations[O] {
  const found = operations[operation];
  if (found !== undefined) return found;
  throw new TenureFailure('refused', `${name} cannot do this: ${operation}.`, {
    reason: HYPERVISOR_REASONS.unsupported,
    nextStep: capabilities.lacks[operation]?.en ?? 'Choose another way.',
  });
}
