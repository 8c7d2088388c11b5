/** What really happened, from the stand-ins' append-only ledgers: the truth that fault tests believe. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { LedgerEntry } from '../../deploy/sandbox/shared/ledger.ts';
import { fromEdgeId } from '../../schemas/ids.ts';
import type { Order } from '../harness/buyer.ts';
import type { Tenure } from '../harness/tenure.ts';

/** What was done to the world for one subscription. */
export interface Account {
  /** Every instance ever made: the provider's id and the business key on it. */
  made: { ref: string; key: string }[];
  /** Those of them that exist now. */
  live: { ref: string; key: string }[];
  /** Ids of the snapshots that exist now. */
  snapshots: string[];
  chargedMinor: number;
  refundedMinor: number;
  /** Sum of the invoices that were paid. */
  invoicedMinor: number;
  /** How often billing was begun at the payment provider. */
  billings: number;
}

/** All ledgers, read at one moment. */
export interface Books {
  of(subscriptionId: string): Account;
  /** How often the mail server accepted a message, by Message-ID. */
  mails: ReadonlyMap<string, number>;
  /** Everything at the provider that bears no key of ours. */
  strangers: string[];
}

export type Ledgers = 'vultr' | 'stripe' | 'mail';

/** One stand-in's effects, oldest first. */
export function readLedger(tenure: Tenure, part: Ledgers): LedgerEntry[] {
  const text = readFileSync(path.join(tenure.stateDir(part), 'ledger.jsonl'), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LedgerEntry);
}

const amount = ({ detail }: LedgerEntry): number => Number(detail.amountMinor ?? 0);

export function readBooks(tenure: Tenure): Books {
  const accounts = new Map<string, Account>();
  const of = (subscriptionId: string): Account => {
    const found = accounts.get(subscriptionId) ?? newAccount();
    accounts.set(subscriptionId, found);
    return found;
  };
  const mails = new Map<string, number>();
  for (const { key = '' } of readLedger(tenure, 'mail')) mails.set(key, (mails.get(key) ?? 0) + 1);
  const strangers = enterInstances(readLedger(tenure, 'vultr'), of);
  enterMoney(readLedger(tenure, 'stripe'), of);
  return { of, mails, strangers };
}

function newAccount(): Account {
  return {
    made: [],
    live: [],
    snapshots: [],
    chargedMinor: 0,
    refundedMinor: 0,
    invoicedMinor: 0,
    billings: 0,
  };
}

function enterInstances(entries: LedgerEntry[], of: (subscriptionId: string) => Account): string[] {
  const gone = new Set(
    entries
      .filter(({ effect }) => effect === 'instance.deleted' || effect === 'snapshot.deleted')
      .map(({ id }) => id),
  );
  const strangers: string[] = [];
  for (const { effect, id, detail } of entries) {
    if (effect !== 'instance.created' && effect !== 'snapshot.created') continue;
    const marks = effect === 'instance.created' ? (detail.tags as string[]) : [String(detail.description)];
    const key = marks.find((mark) => mark.startsWith('tenure:'))?.slice('tenure:'.length) ?? '';
    const subscriptionId = fromEdgeId('subscription', key.split('-')[0] ?? '');
    if (subscriptionId === null) {
      if (!gone.has(id)) strangers.push(id);
      continue;
    }
    const account = of(subscriptionId);
    if (effect === 'snapshot.created') {
      if (!gone.has(id)) account.snapshots.push(id);
      continue;
    }
    account.made.push({ ref: id, key });
    if (!gone.has(id)) account.live.push({ ref: id, key });
  }
  return strangers;
}

function enterMoney(entries: LedgerEntry[], of: (subscriptionId: string) => Account): void {
  for (const entry of entries) {
    const metadata = (entry.detail.metadata ?? {}) as Record<string, string>;
    const subscriptionId = metadata.tenure_subscription;
    if (subscriptionId === undefined) continue;
    const account = of(subscriptionId);
    switch (entry.effect) {
      case 'charge.succeeded':
        account.chargedMinor += amount(entry);
        break;
      case 'refund.created':
        account.refundedMinor += amount(entry);
        break;
      case 'invoice.paid':
        account.invoicedMinor += amount(entry);
        break;
      case 'subscription.created':
        account.billings += 1;
    }
  }
}

export interface Effects {
  /** Instances made for the order, over its whole life. */
  created: number;
  /** Instances that exist now. */
  live: number;
  snapshotsLeft: number;
  chargedMinor: number;
  refundedMinor: number;
}

/** Everything that was done to the world for one order, in numbers. */
export function effectsOf(tenure: Tenure, order: Order): Effects {
  const { made, live, snapshots, chargedMinor, refundedMinor } = readBooks(tenure).of(order.id);
  return {
    created: made.length,
    live: live.length,
    snapshotsLeft: snapshots.length,
    chargedMinor,
    refundedMinor,
  };
}
