/** How a subscription's payment stands: read from the payment provider, written down, and told to the workflow. */
import type { DataSource, EntityManager } from 'typeorm';
import { Subscriptions, type Subscription } from '../../schemas/db/entities/subscription.ts';
import { appendToOutbox } from '../../schemas/db/outbox.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import type { BillingStanding } from '../../schemas/subscriptions/lifecycle.ts';
import type { BilledElsewhere, PeriodicPrice } from '../../schemas/subscriptions/billed.ts';
import { factsElsewhere, noteElsewhere } from './elsewhere.ts';
import type { BillingFacts, BillingRefs, PaymentGateway } from './port.ts';

export interface BillingTarget {
  tenantId: string;
  subscriptionId: string;
}

/** The standing as the database has it; `version` grows with each change. */
export interface BillingView {
  standing: BillingStanding;
  version: number;
  periodEnd: string | null;
}

export type Billing = ReturnType<typeof createBilling>;

export function createBilling(db: DataSource, gateway: Pick<PaymentGateway, 'readBilling'>) {
  return {
    async refs({ tenantId, subscriptionId }: BillingTarget): Promise<BillingRefs> {
      return withTenant(db, tenantId, async (tx) => refsOf(await find(tx, subscriptionId)));
    },

    /**
     * Reads the standing afresh and writes it. One reader at a time per subscription, so that an older reading never overwrites a newer
     * one. `eventId` is the event that made us look; with `tell` a change is also put into the outbox for the workflow.
     */
    async refresh(
      { tenantId, subscriptionId }: BillingTarget,
      eventId: string,
      tell: boolean,
    ): Promise<BillingView> {
      return withTenant(db, tenantId, async (tx) => {
        await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 42))`, [subscriptionId]);
        const before = await find(tx, subscriptionId);
        const found = factsElsewhere(before, new Date()) ?? (await gateway.readBilling(refsOf(before)));
        if (!differs(before, found)) return viewOf(before, before.billingVersion);
        const version = before.billingVersion + 1;
        await tx.getRepository(Subscriptions).update(
          { id: subscriptionId },
          {
            billingStanding: found.standing,
            billingRef: found.billingRef ?? before.billingRef,
            periodEnd: found.periodEnd === null ? before.periodEnd : new Date(found.periodEnd),
            endsAtPeriodEnd: found.endsAtPeriodEnd,
            paidMinor: found.paidMinor,
            billedPrice: found.price,
            billingVersion: version,
            updatedAt: new Date(),
          },
        );
        const view = { standing: found.standing, version, periodEnd: found.periodEnd };
        // A renewal that only moves the period is a fact, but nothing the resting workflow has to be woken for.
        const matters = found.standing !== before.billingStanding || before.cancelAtPeriodEnd;
        if (tell && matters) {
          await appendToOutbox(tx, {
            tenantId,
            kind: 'billing-changed',
            subjectId: subscriptionId,
            payload: { ...view, eventId },
          });
        }
        return view;
      });
    },

    /** Writes down how the billing by others goes on. */
    async noteElsewhere({ tenantId, subscriptionId }: BillingTarget, books: BilledElsewhere): Promise<void> {
      await withTenant(db, tenantId, (tx) => noteElsewhere(tx, subscriptionId, books));
    },
  };
}

async function find(tx: EntityManager, subscriptionId: string): Promise<Subscription> {
  return tx.getRepository(Subscriptions).findOneByOrFail({ id: subscriptionId });
}

function refsOf({ id, checkoutRef, billingRef, billedElsewhere }: Subscription): BillingRefs {
  return { subscriptionId: id, checkoutRef, billingRef, elsewhere: billedElsewhere };
}

function viewOf({ billingStanding, periodEnd }: Subscription, version: number): BillingView {
  return { standing: billingStanding, version, periodEnd: periodEnd?.toISOString() ?? null };
}

function differs(before: Subscription, found: BillingFacts): boolean {
  return (
    before.billingStanding !== found.standing ||
    before.endsAtPeriodEnd !== found.endsAtPeriodEnd ||
    before.paidMinor !== found.paidMinor ||
    !isSamePrice(before.billedPrice, found.price) ||
    (found.billingRef !== null && before.billingRef !== found.billingRef) ||
    (found.periodEnd !== null && before.periodEnd?.getTime() !== Date.parse(found.periodEnd))
  );
}

function isSamePrice(known: PeriodicPrice | null, found: PeriodicPrice | null): boolean {
  return (
    known?.amountMinor === found?.amountMinor &&
    known?.currency === found?.currency &&
    known?.interval === found?.interval
  );
}
