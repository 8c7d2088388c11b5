import { noSuch } from '../wire/errors.ts';
import { newEvent } from '../objects/event.ts';
import { unixNow } from '../objects/common.ts';
import type { CollectionName, Commit, Effect, RecordOf, StripeState } from './state.ts';
import type { World } from './world.ts';

/** Who makes a change: a request, or the stand-in itself. */
export interface Caller {
  requestId: string | null;
  idempotencyKey: string | null;
}

export const NOBODY: Caller = { requestId: null, idempotencyKey: null };

/** One change of the world, seen by nobody until it is complete. */
export interface Tx {
  /** Unix seconds, the same throughout. */
  readonly now: number;
  readonly caller: Caller;
  readonly world: World;
  /** Reads; what it gives must not be changed. */
  get<C extends CollectionName>(collection: C, id: string): Readonly<RecordOf<C>> | undefined;
  /** Reads what must exist. @throws ApiError resource_missing, naming `param` if the id came from one. */
  need<C extends CollectionName>(
    collection: C,
    id: string,
    what: string,
    param?: string,
  ): Readonly<RecordOf<C>>;
  /** Reads for changing: what is done to it is kept. @throws Error when there is no such record. */
  edit<C extends CollectionName>(collection: C, id: string): RecordOf<C>;
  put<C extends CollectionName>(collection: C, id: string, value: RecordOf<C>): void;
  remove(collection: CollectionName, id: string): void;
  /** All records, oldest first. */
  all<C extends CollectionName>(collection: C): Readonly<RecordOf<C>>[];
  /** Notes an effect for the ledger. */
  record(effect: Effect): void;
  /** Raises an event about `object` as it is now. */
  emit(type: string, object: unknown, previousAttributes?: Record<string, unknown>): void;
  /** Everything done so far. */
  commit(): Commit;
}

const GONE = Symbol('gone');

export function createTx(state: StripeState, caller: Caller, world: World): Tx {
  const now = unixNow();
  const drafts = new Map<CollectionName, Map<string, unknown>>();
  const effects: Effect[] = [];

  const draftsOf = (collection: CollectionName): Map<string, unknown> => {
    const found = drafts.get(collection) ?? new Map<string, unknown>();
    drafts.set(collection, found);
    return found;
  };
  const stored = <C extends CollectionName>(collection: C): Record<string, RecordOf<C>> =>
    state[collection] as Record<string, RecordOf<C>>;

  const tx: Tx = {
    now,
    caller,
    world,
    get: <C extends CollectionName>(collection: C, id: string) => {
      const draft = drafts.get(collection)?.get(id);
      if (draft === GONE) return undefined;
      if (draft !== undefined) return draft as RecordOf<C>;
      return Object.hasOwn(stored(collection), id) ? stored(collection)[id] : undefined;
    },
    need: (collection, id, what, param) => {
      const found = tx.get(collection, id);
      if (found === undefined) throw noSuch(what, id, param);
      return found;
    },
    edit: <C extends CollectionName>(collection: C, id: string) => {
      const draft = drafts.get(collection)?.get(id);
      if (draft !== undefined && draft !== GONE) return draft as RecordOf<C>;
      const found = tx.get(collection, id);
      if (found === undefined) throw new Error(`There is no ${id} in ${collection}.`);
      const copy = structuredClone(found) as RecordOf<C>;
      draftsOf(collection).set(id, copy);
      return copy;
    },
    put: (collection, id, value) => {
      draftsOf(collection).set(id, value);
    },
    remove: (collection, id) => {
      draftsOf(collection).set(id, GONE);
    },
    all: <C extends CollectionName>(collection: C) => {
      const changed = drafts.get(collection);
      const records = stored(collection);
      if (!changed) return Object.values(records);
      const kept = Object.entries(records).map(([id, value]) => (changed.has(id) ? changed.get(id) : value));
      const added = [...changed].filter(([id]) => !Object.hasOwn(records, id)).map(([, value]) => value);
      return [...kept, ...added].filter((value) => value !== GONE) as RecordOf<C>[];
    },
    record: (effect) => {
      effects.push(effect);
    },
    emit: (type, object, previousAttributes) => {
      const { requestId, idempotencyKey } = caller;
      const event = newEvent({ type, object, previousAttributes, requestId, idempotencyKey }, now);
      tx.put('events', event.id, event);
      if (state.settings.webhookUrl === null) return;
      const held = state.settings.holding;
      tx.put('deliveries', event.id, { event: event.id, attempts: 0, dueAtMs: Date.now(), held });
    },
    commit: () => ({
      at: new Date().toISOString(),
      records: [...drafts].flatMap(([collection, changed]) =>
        [...changed].map(([id, value]) => ({ collection, id, value: value === GONE ? undefined : value })),
      ),
      effects,
    }),
  };
  return tx;
}
