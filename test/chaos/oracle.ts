/** What really happened, from the stand-ins' append-only ledgers: the truth that fault tests believe. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { LedgerEntry } from '../../deploy/sandbox/shared/ledger.ts';
import type { Order } from '../harness/buyer.ts';
import type { Tenure } from '../harness/tenure.ts';

export interface Effects {
  /** Instances made for the order, over its whole life. */
  created: number;
  deleted: number;
  /** Instances that exist now. */
  live: number;
  snapshotsLeft: number;
  chargedMinor: number;
  refundedMinor: number;
  /** Accepted mails by subject. */
  mails: Map<string, number>;
}

function ledger(tenure: Tenure, part: 'vultr' | 'stripe' | 'mail'): LedgerEntry[] {
  const text = readFileSync(path.join(tenure.stateDir(part), 'ledger.jsonl'), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LedgerEntry);
}

const amount = ({ detail }: LedgerEntry): number => Number(detail.amountMinor ?? 0);
const speaksOf = (entry: LedgerEntry, text: string): boolean => JSON.stringify(entry).includes(text);

/** Everything that was done to the world for one order. */
export function effectsOf(tenure: Tenure, order: Order): Effects {
  const instances = ledger(tenure, 'vultr');
  const created = instances.filter(
    (entry) => entry.effect === 'instance.created' && speaksOf(entry, order.subscriptionId),
  );
  const ids = new Set(created.map(({ id }) => id));
  const deleted = instances.filter((entry) => entry.effect === 'instance.deleted' && ids.has(entry.id));
  const snapshots = instances.filter(
    (entry) => entry.effect === 'snapshot.created' && speaksOf(entry, order.subscriptionId),
  );
  const gone = new Set(instances.filter(({ effect }) => effect === 'snapshot.deleted').map(({ id }) => id));
  const money = ledger(tenure, 'stripe').filter(
    (entry) => speaksOf(entry, order.subscriptionId) || speaksOf(entry, order.id),
  );
  const sum = (effect: string): number =>
    money.filter((entry) => entry.effect === effect).reduce((total, entry) => total + amount(entry), 0);
  const mails = new Map<string, number>();
  for (const { detail } of ledger(tenure, 'mail').filter((entry) => speaksOf(entry, order.email))) {
    const subject = String(detail.subject);
    mails.set(subject, (mails.get(subject) ?? 0) + 1);
  }
  return {
    created: created.length,
    deleted: deleted.length,
    live: created.length - new Set(deleted.map(({ id }) => id)).size,
    snapshotsLeft: snapshots.filter(({ id }) => !gone.has(id)).length,
    chargedMinor: sum('charge.succeeded'),
    refundedMinor: sum('refund.created'),
    mails,
  };
}
