/**
 * Every change marker of workflow code, in one place: `patched(PATCHES.x)` guards the new path until no history from before
 * it is left, then `deprecatePatch`, then it goes. There is none yet: this is the first version.
 */
export const PATCHES = {} as const satisfies Record<string, string>;
