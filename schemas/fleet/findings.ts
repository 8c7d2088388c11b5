/** What a comparison of a provider's inventory with the database can find. Pure; shared by workflows, activities and the API. */

export const FINDING_KINDS = [
  /** A resource bears our mark and belongs to no instance. */
  'unknown',
  /** An instance's resource is gone at the provider. */
  'missing',
  /** It runs or is off against what the subscription says. */
  'power',
  /** It has another address than the one on record. */
  'address',
  /** It has another size than its plan's. */
  'size',
  /** The payment provider charges something else than was sold. */
  'price',
  /** It was given another name at the provider. */
  'name',
  /** A snapshot bears our mark and its time is over. */
  'leftover',
  /** A part of the provider's capacity is nearly used up, or will be soon. */
  'capacity',
  /** The business has grown to where another kind of capacity is worth it. */
  'scaling',
  /** The inventory itself cannot be right: far too much of ours seems to be gone. */
  'inventory',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** `open` still so · `mended` no longer so, by us or by itself · `removed` deleted by us · `ignored` by staff, for ever. */
export const FINDING_STATES = ['open', 'mended', 'removed', 'ignored'] as const;
export type FindingState = (typeof FINDING_STATES)[number];

/** Found by comparing inventory and database; `missing` needs the provider's word for each, the others are about capacity. */
export const COMPARED_KINDS: readonly FindingKind[] = [
  'unknown',
  'power',
  'address',
  'size',
  'price',
  'name',
  'leftover',
];

/** What may be removed: nothing that a customer has. */
export const REMOVABLE_KINDS: readonly FindingKind[] = ['unknown', 'leftover'];

/** The snapshot that is taken of a resource that belongs to nobody, before it is removed, bears its key with this. */
export const ORPHAN_SNAPSHOT_SUFFIX = '-orphan';
/** The last snapshot of an instance bears its key with this. */
export const FINAL_SNAPSHOT_SUFFIX = '-final';

/** Workflow type and, with the provider's name, the id of its schedule and the beginning of its passes' ids. */
export const RECONCILE_WORKFLOW = 'reconcile';

export function reconcileScheduleId(provider: string): string {
  return `${RECONCILE_WORKFLOW}/${provider}`;
}

/** The workflow's argument. */
export interface ReconcileInput {
  /** Who owns the account at the provider. */
  tenantId: string;
  provider: string;
}

/** One pass over one provider. */
export interface Pass extends ReconcileInput {
  passId: string;
}

/** What a whole inventory came to. Nothing is decided on anything less. */
export interface Inventory {
  /** Marks the sightings of this reading; a reading that died has another one. */
  reading: string;
  instances: number;
  snapshots: number;
  /** How long after a lost create its resource may still turn up, ms. */
  settleMs: number;
  /** The size that a plan's instances should have, in the provider's words. */
  sizes: { planId: string; region: string; size: string }[];
}

/** What a pass did, for people. */
export interface PassReport {
  instances: number;
  snapshots: number;
  /** Open findings of each kind after the pass. */
  open: Partial<Record<FindingKind, number>>;
  adopted: number;
  mended: number;
  missing: number;
  /** Too many seemed to be missing at once: nobody was told, a person must look. */
  braked: boolean;
  removed: number;
  /** Would have been removed if removal were on. */
  wouldRemove: number;
}
