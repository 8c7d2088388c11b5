/**
 * Every change marker of workflow code, in one place: `patched(PATCHES.x)` guards the new path until no history from before
 * it is left, then `deprecatePatch`, then it goes.
 */
export const PATCHES = {
  /** The reconciler compares what every tenant has in an account, not only its owner's. */
  everyTenant: 'reconcile-every-tenant',
  /** A server that was lost is made anew from its newest snapshot, where there is one. */
  rebuildFromBackup: 'rebuild-from-backup',
} as const satisfies Record<string, string>;
