/** Whether an entry may be taken over, as far as our own books tell. Asked for the report, and once more right before it is written. */
import { type EntityManager, IsNull, Not } from 'typeorm';
import { ImportEntries, type ImportEntryRow } from '../../schemas/db/entities/import.ts';
import { type Instance, Instances } from '../../schemas/db/entities/instance.ts';
import { Subscriptions } from '../../schemas/db/entities/subscription.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import type { EntryProblem } from '../../schemas/imports/entry.ts';

/** Either what stands against it, or the instance that was taken over before, or neither. */
export interface Judgement {
  problems: EntryProblem[];
  earlier: Instance | null;
}

export async function judge(tx: EntityManager, entry: ImportEntryRow): Promise<Judgement> {
  const { provider, providerRef, billingRef, seen } = entry;
  const instances = tx.getRepository(Instances);
  const none = { problems: [], earlier: null };
  const refused = (reason: string, message: string): Judgement => ({
    problems: [{ reason, message }],
    earlier: null,
  });

  const owner = await instances.findOneBy({ provider, providerRef, deletedAt: IsNull() });
  if (owner?.adoptedRef === providerRef) return { problems: [], earlier: owner };
  const maker =
    owner ?? (seen?.key == null ? null : await instances.findOneBy({ key: seen.key, deletedAt: IsNull() }));
  if (maker) {
    const whose = toEdgeId('subscription', maker.subscriptionId);
    return refused('already-ours', `${providerRef} belongs to ${whose}.`);
  }
  const twice = await tx.getRepository(ImportEntries).existsBy({
    importId: entry.importId,
    provider,
    providerRef,
    id: Not(entry.id),
  });
  if (twice) return refused('twice', `${providerRef} stands in this import more than once.`);
  const elsewhere: { there: boolean }[] = await tx.query('select tenure_is_elsewhere($1, $2, $3) as there', [
    provider,
    providerRef,
    seen?.key ?? null,
  ]);
  if (elsewhere[0]?.there) return refused('not-yours', `${providerRef} belongs to somebody else here.`);
  if (await isBeingRemoved(tx, entry)) {
    return refused(
      'being-removed',
      `Its removal was asked for: wait for the next comparison of ${provider}.`,
    );
  }
  if (billingRef === null) return none;
  const paysFor = await tx.getRepository(Subscriptions).findOneBy({ billingRef });
  if (paysFor) {
    const whose = toEdgeId('subscription', paysFor.id);
    return refused('billing-taken', `${billingRef} pays for ${whose} already.`);
  }
  const sharesBilling = await tx
    .getRepository(ImportEntries)
    .existsBy({ importId: entry.importId, billingRef, id: Not(entry.id) });
  return sharesBilling
    ? refused('billing-twice', `${billingRef} stands in this import more than once.`)
    : none;
}

/** As a finding of the reconciler that somebody has decided about, or that it is just carrying out. */
async function isBeingRemoved(
  tx: EntityManager,
  { provider, providerRef }: ImportEntryRow,
): Promise<boolean> {
  const found: unknown[] = await tx.query(
    `select 1 from findings f where f.provider = $1 and f.ref = $2 and f.kind = 'unknown' and f.state = 'open'
       and (f.removal_asked_by is not null
         or exists (select 1 from audit_events a where a.dedupe_key = 'finding/' || f.id || '/removing'))`,
    [provider, providerRef],
  );
  return found.length > 0;
}
