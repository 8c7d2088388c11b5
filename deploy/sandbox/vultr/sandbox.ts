import type { Guests } from '../guests/guests.ts';
import type { Ledger } from '../shared/ledger.ts';
import { lookUp } from '../shared/lookup.ts';
import { notFound } from './errors.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Instance, InstanceRecord, VultrStore } from './state.ts';

/** What every route of the stand-in works with. */
export interface Sandbox {
  store: VultrStore;
  ledger: Ledger;
  guests: Guests;
  lifecycle: Lifecycle;
}

/** @throws ApiError 404 when there is no such instance. */
export function instanceOf({ store }: Sandbox, id: string): InstanceRecord {
  const record = lookUp(store.state.instances, id);
  if (!record) throw notFound('Invalid instance-id.');
  return record;
}

/** An instance as answers carry it. */
export function present({ shown }: InstanceRecord): Instance & { tag: string } {
  // The deprecated single tag mirrors the first of the list.
  return { ...shown, tag: shown.tags[0] ?? '' };
}
