/** One mail per template and variant, with what its reader must find in it. */
import { MAKING } from './making.ts';
import type { Sample } from './material.ts';
import { RUNNING_AND_ENDING } from './running-and-ending.ts';

export { BRAND, ZONE } from './material.ts';

export const SAMPLES: Sample[] = [...MAKING, ...RUNNING_AND_ENDING];
