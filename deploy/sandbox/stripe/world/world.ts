import type { Ledger } from '../../shared/ledger.ts';
import type { Store } from '../../shared/store.ts';
import type { Journal, StripeState } from './state.ts';
import { createTx, type Caller, type Tx } from './tx.ts';

/** Everything that the stand-in knows, and the one way to change it. */
export interface World {
  readonly state: StripeState;
  /** Where the payment pages are reached, without a trailing slash. */
  readonly publicUrl: string;
  /** How long a SEPA debit takes. */
  readonly debitSettlesMs: number;
  /**
   * Runs `change` and keeps all of it or nothing: it is on disk, in one piece, before this returns; if it throws
   * anything but an error that keeps its effects, nothing happened.
   */
  transact<T>(caller: Caller, change: (tx: Tx) => T): T;
  /** Writes one member of the settings that the controls change. */
  saveSettings(): void;
  /** Called after every change that put an event on its way. */
  onDeliveries(listener: () => void): void;
}

export interface WorldOptions {
  store: Store<StripeState>;
  ledger: Ledger;
  publicUrl: () => string;
  debitSettlesMs: number;
}

/** Opens the world over its state, finishing a change that a kill cut off half-way. */
export function openWorld({ store, ledger, publicUrl, debitSettlesMs }: WorldOptions): World {
  const { state } = store;
  let listener = (): void => undefined;

  const apply = ({ records, effects }: Journal): void => {
    for (const { collection, id, value } of records) {
      const all = state[collection] as Record<string, unknown>;
      if (value === undefined) delete all[id];
      else all[id] = value;
      store.save(collection, id);
    }
    for (const effect of effects) ledger.record(effect);
  };

  const commit = (journal: Journal): void => {
    if (journal.records.length === 0 && journal.effects.length === 0) return;
    state.journal = journal;
    store.saveAll('journal');
    apply(journal);
    state.journal = null;
    store.saveAll('journal');
    if (journal.records.some(({ collection }) => collection === 'deliveries')) listener();
  };

  if (state.journal) {
    const told = new Set(ledger.read().map(({ effect, id }) => `${effect} ${id}`));
    apply({
      records: state.journal.records,
      effects: state.journal.effects.filter(({ effect, id }) => !told.has(`${effect} ${id}`)),
    });
    state.journal = null;
    store.saveAll('journal');
  }

  const world: World = {
    state,
    get publicUrl() {
      return publicUrl();
    },
    debitSettlesMs,
    transact: (caller, change) => {
      const tx = createTx(state, caller, world);
      try {
        const result = change(tx);
        commit(tx.journal());
        return result;
      } catch (error) {
        if (keepsEffects(error)) commit(tx.journal());
        throw error;
      }
    },
    saveSettings: () => store.saveAll('settings'),
    onDeliveries: (callback) => {
      listener = callback;
    },
  };
  return world;
}

function keepsEffects(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'keepsEffects' in error && error.keepsEffects === true
  );
}
