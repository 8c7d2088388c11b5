/**
 * The one interface that every hypervisor or platform driver implements, in one file each, and that
 * `conformance.ts` examines. A driver talks to one account at one provider; it keeps no state of its own.
 *
 * All methods throw {@link TenureFailure} and nothing else for what the provider answers: `retryable` (time-out, 5xx,
 * connection), `throttled` (429), `needs-a-human` (key refused, quota full, payment needed), `refused` (bad request,
 * sold out, unknown plan). No method repeats a mutating call by itself: whether a lost answer may be repeated is decided
 * by the caller, who first looks with {@link Hypervisor.findByKey}.
 */

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
  /** Public address (IPv4 or IPv6 text), or `null` while there is none; placeholders are `null`. */
  address: string | null;
  /** Region in the provider's words. */
  region: string;
  /** ISO 8601 instant, if the provider tells. */
  createdAt: string | null;
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

export interface Capabilities {
  /** Snapshots of a running instance's disk. */
  snapshots: boolean;
  /** The provider goes on charging for a stopped instance. */
  billsWhileStopped: boolean;
  /** First-boot user data is honoured. */
  userData: boolean;
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

  /** Checks a plan's `providers.<name>` entry for a region without asking the provider; throws `refused` naming the field. */
  checkPlan(plan: Record<string, unknown>, region: string): void;
  /** Orders one instance. Never repeated by the driver. Answers as soon as the provider accepted it. */
  create(request: CreateInstanceRequest): Promise<ProviderInstance>;
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
  /** Deletes a snapshot; succeeds if it is already gone. */
  deleteSnapshot(snapshotRef: string): Promise<void>;
}
