/** The price's part of a change of plan. Each is idempotent by the change's key. */
import type { DataSource } from 'typeorm';
import { findPrice } from '../../schemas/catalog/plan.ts';
import { Plans } from '../../schemas/db/entities/plan.ts';
import { Subscriptions } from '../../schemas/db/entities/subscription.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import { beating } from '../temporal.ts';
import type { Billing, BillingTarget, BillingView } from './billing.ts';
import type { PaymentGateway, PriceChange, PriceToSell } from './port.ts';

interface Dependencies {
  db: DataSource;
  billing: Billing;
  gateway: PaymentGateway;
}

type Target = BillingTarget & { key: string };

export function createPriceChanging({ db, billing, gateway }: Dependencies) {
  return {
    /** Bills the plan's price from now on, with the rest of the period charged, or from the next period on. All or nothing. */
    async changePrice(
      target: Target & { planId: string; from: PriceChange['from'] },
    ): Promise<{ chargedMinor: number; view: BillingView }> {
      return beating(async () => {
        const { key, planId, from } = target;
        const { price, quantity } = await priceOf(db, target, planId);
        const change = { price, quantity, from };
        const { chargedMinor } = await gateway.changePrice(await billing.refs(target), change, key);
        return { chargedMinor, view: await billing.refresh(target, 'lifecycle', false) };
      });
    },

    /** The price from before, and what was charged for the change goes back. `settled` is false while a debit for it is under way. */
    async undoPriceChange(
      target: Target,
    ): Promise<{ refundedMinor: number; settled: boolean; view: BillingView }> {
      return beating(async () => {
        const undone = await gateway.undoPriceChange(await billing.refs(target), target.key);
        return { ...undone, view: await billing.refresh(target, 'lifecycle', false) };
      });
    },
  };
}

/** What a plan costs as this subscription is billed. @throws TenureFailure `refused` (`not-sold-so`) */
export async function priceOf(
  db: DataSource,
  { tenantId, subscriptionId }: BillingTarget,
  planId: string,
): Promise<{ price: PriceToSell; quantity: number }> {
  return withTenant(db, tenantId, async (tx) => {
    const { interval, currency, quantity, language } = await tx
      .getRepository(Subscriptions)
      .findOneByOrFail({ id: subscriptionId });
    const { key, version, terms } = await tx.getRepository(Plans).findOneByOrFail({ id: planId });
    const found = findPrice(terms, interval, currency);
    if (!found) {
      throw new TenureFailure('refused', 'The plan is not sold in this currency and interval.', {
        reason: 'not-sold-so',
      });
    }
    const { amountMinor, setupFeeMinor } = found;
    const price = { planKey: key, planVersion: version, planName: terms.name[language], interval, currency };
    return { price: { ...price, amountMinor, setupFeeMinor }, quantity };
  });
}
