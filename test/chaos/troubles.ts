/** What goes wrong with creations at a provider, one at a time. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProviderUnderTest } from '../../activities/hypervisors/conformance.ts';

type Trouble = (provider: ProviderUnderTest) => Promise<void>;

/** How long a provider has no room. */
const FULL_MS = 2_000;
const NO_LIMIT = 100_000;

/** Each strikes the provider's next creation, or those of a while. */
export const TROUBLES: Readonly<Record<string, Trouble>> = {
  'order lost on its way': (provider) => provider.disturb('create', 'lost-before'),
  'answer lost after the effect': (provider) => provider.disturb('create', 'lost-after'),
  '5xx after the effect': (provider) => provider.disturb('create', 'error-after'),
  throttled: (provider) => provider.disturb('create', 'throttle', { times: 3 }),
  'quota full': async (provider) => {
    await provider.limitInstances?.(0);
    await sleep(FULL_MS);
    await provider.limitInstances?.(NO_LIMIT);
  },
  'region sold out': async (provider) => {
    await provider.sellOut?.(provider.region, true);
    await sleep(FULL_MS);
    await provider.sellOut?.(provider.region, false);
  },
  'stuck for ever': (provider) => provider.keepNextPending(),
};

/** Those that end by themselves: what must work at a provider beside which there is no other. */
export const PASSING = [
  'order lost on its way',
  'answer lost after the effect',
  '5xx after the effect',
  'throttled',
];
