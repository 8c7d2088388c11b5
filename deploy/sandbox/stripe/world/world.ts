import type { Ledger } from '../../shared/ledger.ts';
import type { Store } from '../../shared/store.ts';
import type { Collections, Commit, StripeState } from './state.ts';
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

/** Opens the world over its state, where the last run left it, however that ended. */
export function openWorld({ store, ledger, publicUrl, debitSettlesMs }: WorldOptions): World {
  const { state } = store;
  let listener = (): void => undefined;
  let commits = 0;
  fold(store, ledger);

  const keep = (commit: Commit): void => {
    if (commit.records.length === 0 && commit.effects.length === 0) return;
    const id = String((commits += 1));
    state.commits[id] = commit;
    store.save('commits', id);
    // It is in the file; in memory it lives on in the collections only.
    delete state.commits[id];
    apply(state, commit);
    for (const effect of commit.effects) ledger.record(effect);
    if (commit.records.some(({ collection }) => collection === 'deliveries')) listener();
  };

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
        keep(tx.commit());
        return result;
      } catch (error) {
        if (keepsEffects(error)) keep(tx.commit());
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

function apply(state: StripeState, { records }: Commit): void {
  for (const { collection, id, value } of records) {
    const all = state[collection] as Record<string, unknown>;
    if (value === undefined) delete all[id];
    else all[id] = value;
  }
}

/**
 * Puts the last run's commits into the collections. Being killed meanwhile does no harm: they hold whole records, so
 * applying them again ends in the same state.
 */
function fold(store: Store<StripeState>, ledger: Ledger): void {
  const { state } = store;
  const commits = Object.values(state.commits);
  const last = commits.at(-1);
  if (!last) return;
  for (const commit of commits) apply(state, commit);
  const told = new Set(
    ledger
      .read()
      .filter(({ at }) => at >= last.at)
      .map(({ effect, id }) => `${effect} ${id}`),
  );
  for (const effect of last.effects) if (!told.has(`${effect.effect} ${effect.id}`)) ledger.record(effect);
  for (const name of Object.keys(state).filter((member) => member !== 'settings' && member !== 'commits')) {
    store.saveAll(name as keyof Collections);
  }
  state.commits = {};
  store.saveAll('commits');
}

function keepsEffects(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'keepsEffects' in error && error.keepsEffects === true
  );
}
