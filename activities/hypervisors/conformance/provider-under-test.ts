import type { FirewallRule, Hypervisor, Operation } from '../port.ts';

/** Operations that only look. */
export type LookingOperation = 'console' | 'disks' | 'addresses' | 'firewall';
export type ChangingOperation = Exclude<Operation, LookingOperation>;

/**
 * The calls that can be disturbed: those of every driver, and the changing operations that the driver has. Where one of the
 * driver's methods sends several requests, this is the one that has the effect (the first of them, if there are several).
 */
export type Disturbable =
  | 'create'
  | 'list'
  | 'get'
  | 'start'
  | 'stop'
  | 'delete'
  | 'create-snapshot'
  | 'list-snapshots'
  | ChangingOperation;

/**
 * What disturbs a call: `lost-before` no answer and no effect · `lost-after` the effect but no answer · `error-before` a
 * 5xx and no effect · `error-after` the effect, then a 5xx · `hang` neither answer nor effect, and an open connection ·
 * `slow` the effect, and an answer that takes longer than the driver's time limit · `throttle` too many requests.
 */
export type Disturbance =
  'lost-before' | 'lost-after' | 'error-before' | 'error-after' | 'hang' | 'slow' | 'throttle';

/**
 * A provider's stand-in in a fresh account, the driver on it, and the levers of the exam. A lever that may be left out is
 * for what a provider may lack; its part of the exam is then left out, too.
 */
export interface ProviderUnderTest {
  /** A driver as a worker process makes it, with a time limit of about a second; with another key if one is given. */
  connect(wrongKey?: string): Hypervisor;
  /** A plan's `providers.<name>` entry, the region it is for, and another one that it has as well. */
  plan: Record<string, unknown>;
  region: string;
  otherRegion: string;
  /** A plan entry that an instance of `plan` can be resized to; needed if the driver has `resize`. */
  largerPlan?: Record<string, unknown>;
  /** What `addAddress` can add; the rest must be refused as unsupported. Default: IPv4 alone. */
  addressFamilies?: readonly (4 | 6)[];
  /** A second create with the same key gives back what the first one made. */
  createIsIdempotent?: boolean;
  /** The provider looks for a key by itself, so that finding one reads no more than a page. */
  findsByFilter?: boolean;
  /** What firewall rules can be about; the rest must be refused as unsupported. Default: all. */
  firewallProtocols?: readonly FirewallRule['protocol'][];
  /** A reference of the right form that nothing has. */
  unknownRef: string;
  /**
   * How many instances make more than two of its largest pages, or enough where lists come whole. Default 1,010; the environment's
   * EXAM_CROWD wins.
   */
  readonly crowdSize?: number;
  /** The same of a snapshot, if its form is another one. */
  unknownSnapshotRef?: string;
  /** After `skip` unharmed calls (default 0) the next `times` ones (default 1) are disturbed. */
  disturb(
    call: Disturbable,
    disturbance: Disturbance,
    options?: { skip?: number; times?: number },
  ): Promise<void>;
  /** Ends all disturbances. */
  calm(): Promise<void>;
  /** How many instances with this key were really made, from the provider's own record. */
  countMade(key: string): Promise<number>;
  /** How often an operation really had its effect on the instance `ref`, from the provider's own record. */
  countDone(operation: 'start' | 'stop' | 'delete' | ChangingOperation, ref: string): Promise<number>;
  /** The first-boot data as plain text that the instance was last installed with; needed if `userData` is among its capabilities. */
  userDataOf?(ref: string): Promise<string>;
  /** The account may have this many instances and no more; left out where there is no quota. */
  limitInstances?(count: number): Promise<void>;
  /** `region` in Tenure's words; left out where a create is never refused for it. */
  sellOut?(region: string, isSoldOut: boolean): Promise<void>;
  /** The next instance stays as it is right after its creation. */
  keepNextPending(): Promise<void>;
  /** Deletes an instance as a person on the provider's own pages would. */
  deleteBehindOurBack(ref: string): Promise<void>;
  /** Makes this many instances that are not ours and never boot, as fast as can be. */
  crowd(count: number): Promise<void>;
  /** Makes this many snapshots that are not ours; left out where all that an instance or account may have fit on one page. */
  crowdSnapshots?(count: number): Promise<void>;
  /** The provider goes down, and comes back with the state it had. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}
