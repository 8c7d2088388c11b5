/** What the lifecycle asks of the payment provider. Each is idempotent by subscription or by the given key. */
import { Subscriptions } from '../../schemas/db/entities/subscription.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import type { Currency } from '../../schemas/money.ts';
import type { BilledElsewhere } from '../../schemas/subscriptions/billed.ts';
import type { DataSource } from 'typeorm';
import { beating } from '../temporal.ts';
import type { Billing, BillingTarget, BillingView } from './billing.ts';
import { createPriceChanging } from './plan-change.ts';
import type { BillingRefs, PaymentGateway } from './port.ts';

export interface PaymentDependencies {
  db: DataSource;
  billing: Billing;
  gateway: PaymentGateway;
}

export type PaymentActivities = ReturnType<typeof createPaymentActivities>;

export function createPaymentActivities({ db, billing, gateway }: PaymentDependencies) {
  /** Asks it of the payment provider, or of our own books where others bill. */
  async function settle(
    target: BillingTarget,
    books: BilledElsewhere,
    ask: (refs: BillingRefs) => Promise<void>,
  ): Promise<BillingView> {
    const refs = await billing.refs(target);
    if (refs.elsewhere) await billing.noteElsewhere(target, books);
    else await ask(refs);
    return billing.refresh(target, 'lifecycle', false);
  }

  return {
    /** Reads how the payment stands now. */
    refreshBilling: (target: BillingTarget): Promise<BillingView> =>
      beating(() => billing.refresh(target, 'lifecycle', false)),

    /** Closes an unpaid checkout; the answer tells if a payment was quicker. */
    async closeCheckout(target: BillingTarget): Promise<BillingView> {
      return beating(async () => {
        const { checkoutRef } = await billing.refs(target);
        if (checkoutRef !== null) await gateway.expireCheckout(checkoutRef);
        return billing.refresh(target, 'lifecycle', false);
      });
    },

    /** No charge after the paid period. */
    async endAtPeriodEnd(target: BillingTarget): Promise<BillingView> {
      return beating(() => settle(target, 'ending', (refs) => gateway.endAtPeriodEnd(refs)));
    },

    /** Ends billing for good. */
    async endBilling(target: BillingTarget): Promise<BillingView> {
      return beating(() => settle(target, 'ended', (refs) => gateway.endNow(refs)));
    },

    /** Bills again after {@link endAtPeriodEnd}, or anew if billing was over. `needs-a-human` if the payment is declined. */
    async resumeBilling(target: BillingTarget & { key: string }): Promise<BillingView> {
      return beating(async () => {
        const view = await settle(target, 'running', async (refs) => {
          const { billingRef } = await gateway.resume(refs, target.key);
          await withTenant(db, target.tenantId, (tx) =>
            tx.getRepository(Subscriptions).update({ id: target.subscriptionId }, { billingRef }),
          );
        });
        if (view.standing === 'paid' || view.standing === 'processing') return view;
        throw new TenureFailure(
          'needs-a-human',
          'Billing could not be started again: a payment is missing.',
          {
            reason: 'payment-missing',
            nextStep: 'Ask the customer to pay the open invoice, then retry.',
          },
        );
      });
    },

    ...createPriceChanging({ db, billing, gateway }),

    /** All the money back; safe to repeat. Minor units refunded in total. */
    async refundAll(
      target: BillingTarget & { key: string },
    ): Promise<{ refundedMinor: number; currency: Currency }> {
      return beating(async () => {
        const refs = await billing.refs(target);
        if (refs.elsewhere) throw paidElsewhere();
        const refunded = await gateway.refundAll(refs, target.key);
        await billing.refresh(target, 'lifecycle', false);
        return refunded;
      });
    },
  };
}

function paidElsewhere(): TenureFailure {
  return new TenureFailure('needs-a-human', 'It was not paid here, so nothing can be given back here.', {
    reason: 'billed-elsewhere',
    nextStep: 'Give it back where it was paid, then retry.',
  });
}
