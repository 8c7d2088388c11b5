import type { Request } from 'express';
import type { Guests } from '../guests/guests.ts';
import type { Ledger } from '../shared/ledger.ts';
import { lookUp } from '../shared/lookup.ts';
import { badRequest, notFound } from './errors.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { ContaboStore, InstanceRecord } from './state.ts';

/** What every route of the stand-in works with. */
export interface Sandbox {
  store: ContaboStore;
  ledger: Ledger;
  guests: Guests;
  lifecycle: Lifecycle;
}

/** The instance that a path names. @throws ApiError 400 when it is not a number, 404 when there is none. */
export function instanceAsked({ store }: Sandbox, req: Request): InstanceRecord {
  const id = String(req.params['instanceId']);
  if (!/^\d+$/.test(id)) throw badRequest('Validation failed (numeric string is expected)');
  const record = lookUp(store.state.instances, id);
  if (!record) throw notFound(`Instance with instanceId ${id} not found`);
  return record;
}
