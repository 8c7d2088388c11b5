import type { Hypervisor } from '../port.ts';

/** The calls that can be disturbed. */
export type Operation = 'create' | 'list' | 'get' | 'start' | 'stop' | 'delete' | 'create-snapshot';

/**
 * What disturbs a call: `lost-before` no answer and no effect · `lost-after` the effect but no answer · `error-before` a
 * 5xx and no effect · `error-after` the effect, then a 5xx · `hang` neither answer nor effect, and an open connection ·
 * `slow` the effect, and an answer that takes longer than the driver's time limit · `throttle` too many requests.
 */
export type Disturbance =
  'lost-before' | 'lost-after' | 'error-before' | 'error-after' | 'hang' | 'slow' | 'throttle';

/** A provider's stand-in in a fresh account, the driver on it, and the levers of the exam. */
export interface ProviderUnderTest {
  /** A driver as a worker process makes it, with a time limit of about a second; with another key if one is given. */
  connect(wrongKey?: string): Hypervisor;
  /** A plan's `providers.<name>` entry, the region it is for, and another one that it has as well. */
  plan: Record<string, unknown>;
  region: string;
  otherRegion: string;
  /** A reference of the right form that nothing has. */
  unknownRef: string;
  /** After `skip` unharmed calls (default 0) the next `times` ones (default 1) are disturbed. */
  disturb(
    operation: Operation,
    disturbance: Disturbance,
    options?: { skip?: number; times?: number },
  ): Promise<void>;
  /** Ends all disturbances. */
  calm(): Promise<void>;
  /** How many instances with this key were really made, from the provider's own record. */
  countMade(key: string): Promise<number>;
  /** How often an operation was really carried out on an instance, from the provider's own record. */
  countDone(operation: 'start' | 'stop' | 'delete', ref: string): Promise<number>;
  /** The account may have this many instances and no more. */
  limitInstances(count: number): Promise<void>;
  /** `region` in Tenure's words. */
  sellOut(region: string, isSoldOut: boolean): Promise<void>;
  /** The next instance stays as it is right after its creation. */
  keepNextPending(): Promise<void>;
  /** Deletes an instance as a person on the provider's own pages would. */
  deleteBehindOurBack(ref: string): Promise<void>;
  /** Makes this many instances that are not ours and never boot, as fast as can be. */
  crowd(count: number): Promise<void>;
  /** The provider goes down, and comes back with the state it had. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}
