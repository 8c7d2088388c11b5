/** Looking at what the payment provider has for the servers of an import, and marking it as ours once they are taken over. */
import type { DataSource, EntityManager } from 'typeorm';
import { ImportEntries, type ImportEntryRow, type SeenBilling } from '../../schemas/db/entities/import.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { writeAudit } from '../../schemas/db/trail.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import type { EntryDifference, EntryProblem, ImportInput } from '../../schemas/imports/entry.ts';
import type { PeriodicPrice } from '../../schemas/subscriptions/billed.ts';
import type { ForeignBilling, PaymentGateway } from '../payments/port.ts';
import { beating, stopIfCancelled } from '../temporal.ts';
import { planOf, priceOf } from './plans.ts';

export interface ImportBillingDependencies {
  db: DataSource;
  gateway: Pick<PaymentGateway, 'name' | 'inspectBilling' | 'adoptBilling'>;
}

export type ImportBillingActivities = ReturnType<typeof createImportBillingActivities>;

/** Only what runs can be taken over. */
const RUNNING = ['paid', 'processing', 'past-due'];

export function createImportBillingActivities({ db, gateway }: ImportBillingDependencies) {
  async function forEach(
    { tenantId, importId }: ImportInput,
    which: string,
    work: (entry: ImportEntryRow & { billingRef: string }) => Promise<void>,
  ): Promise<void> {
    const entries = await withTenant(db, tenantId, (tx) =>
      tx
        .getRepository(ImportEntries)
        .createQueryBuilder('e')
        .where('e.importId = :importId and e.billingRef is not null', { importId })
        .andWhere(which)
        .orderBy('e.position')
        .getMany(),
    );
    for (const entry of entries) {
      stopIfCancelled();
      await work(entry as ImportEntryRow & { billingRef: string });
    }
  }

  async function examine(entry: ImportEntryRow & { billingRef: string }): Promise<Partial<ImportEntryRow>> {
    const { problems, differences, billingRef } = entry;
    const found = await gateway.inspectBilling(billingRef);
    const sold = await withTenant(db, entry.tenantId, (tx) => soldFor(tx, entry));
    const wrong = problemsOf(found, entry, gateway.name);
    if (!found || wrong.length > 0) return { problems: [...problems, ...wrong] };
    const { facts, customerRef } = found;
    const { standing, periodEnd, endsAtPeriodEnd, paidMinor, price } = facts;
    const billed: SeenBilling = { standing, periodEnd, endsAtPeriodEnd, paidMinor, price, customerRef };
    const more: EntryDifference[] = [];
    if (sold && price && price.amountMinor !== sold.amountMinor) {
      more.push({ what: 'price', expected: inWords(sold), seen: inWords(price) });
    }
    if (standing !== 'paid') more.push({ what: 'payment', expected: 'paid', seen: standing });
    return { billed, differences: [...differences, ...more] };
  }

  return {
    /** Looks at one after the other and writes down each. Nothing is changed at the payment provider. */
    lookAtBilling: (input: ImportInput): Promise<void> =>
      beating(() =>
        forEach(input, `e.state = 'waiting' and e.billed is null and e.problems = '[]'`, async (entry) => {
          const found = await examine(entry);
          await withTenant(db, input.tenantId, (tx) =>
            tx.getRepository(ImportEntries).update({ id: entry.id }, found),
          );
        }),
      ),

    /** Puts our mark on what was taken over. Without it only the reference finds it, so a refusal goes on record and hinders nobody. */
    adoptBilling: (input: ImportInput): Promise<void> =>
      beating(() =>
        forEach(input, `e.state = 'imported'`, async ({ tenantId, billingRef, subscriptionId }) => {
          try {
            await gateway.adoptBilling(billingRef, { tenantId, subscriptionId });
          } catch (error) {
            if (!(error instanceof TenureFailure) || error.kind !== 'refused') throw error;
            await withTenant(db, tenantId, (tx) =>
              writeAudit(tx, {
                tenantId,
                by: { kind: 'system', id: 'import' },
                action: 'import.billing-not-marked',
                subject: { kind: 'subscription', id: toEdgeId('subscription', subscriptionId) },
                data: { billingRef, reason: error.details.reason },
                dedupeKey: `import/${subscriptionId}/billing-not-marked`,
              }),
            );
          }
        }),
      ),
  };
}

function problemsOf(
  found: ForeignBilling | null,
  { request, billingRef, subscriptionId }: ImportEntryRow,
  gateway: string,
): EntryProblem[] {
  if (!found) return [{ reason: 'billing-not-there', message: `${gateway} has no ${billingRef ?? ''}.` }];
  const { facts, quantity, siblingRefs } = found;
  const { price, standing } = facts;
  const problems: EntryProblem[] = [];
  if (!RUNNING.includes(standing)) {
    problems.push({ reason: 'billing-not-running', message: `${billingRef ?? ''} is ${standing}.` });
  }
  if (found.subscriptionId !== null && found.subscriptionId !== subscriptionId) {
    const message = `${billingRef ?? ''} bears the mark of another subscription.`;
    problems.push({ reason: 'billing-taken', message });
  }
  if (quantity !== 1) {
    const message = `${billingRef ?? ''} bills ${quantity} pieces; here each server has a subscription of its own.`;
    problems.push({ reason: 'billing-quantity', message });
  }
  if (price && (price.currency !== request.currency || price.interval !== request.interval)) {
    const message = `${billingRef ?? ''} bills by the ${price.interval} in ${price.currency}, not by the ${request.interval} in ${request.currency}.`;
    problems.push({ reason: 'billing-differs', message });
  }
  if (siblingRefs.length > 0) {
    const message = `The customer of ${billingRef ?? ''} pays for ${siblingRefs.join(', ')} as well; payments could not be told apart.`;
    problems.push({ reason: 'billing-shared', message });
  }
  return problems;
}

async function soldFor(tx: EntityManager, { request }: ImportEntryRow): Promise<PeriodicPrice | null> {
  const plan = await planOf(tx, request.planKey);
  const price = plan && priceOf(plan, request);
  return price
    ? { amountMinor: price.amountMinor, currency: price.currency, interval: price.interval }
    : null;
}

function inWords({ amountMinor, currency, interval }: PeriodicPrice): string {
  return `${(amountMinor / 100).toFixed(2)} ${currency.toUpperCase()} a ${interval}`;
}
