import type { en } from './en/index.ts';

/** All texts. English sets the keys; German must have each of them, by type. */
export type Dictionary = typeof en;
