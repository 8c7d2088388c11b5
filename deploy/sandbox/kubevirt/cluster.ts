import type { Guests } from '../guests/guests.ts';
import type { Ledger } from '../shared/ledger.ts';
import type { Controller } from './controller.ts';
import type { Objects } from './objects.ts';
import type { KubeStore } from './state.ts';

/** What every route of the stand-in works with. */
export interface Cluster {
  store: KubeStore;
  objects: Objects;
  ledger: Ledger;
  guests: Guests;
  controller: Controller;
  namespace: string;
}
