import type { CatalogView, ShopPlan } from '../../../schemas/api/shop.ts';
import type { BillingInterval, PlanPrice } from '../../../schemas/catalog/plan.ts';
import type { Currency } from '../../../schemas/money.ts';

/** How the buyer wants to be billed. */
export interface Billing {
  interval: BillingInterval;
  currency: Currency;
}

/** In the order in which they are shown. */
export const INTERVALS: BillingInterval[] = ['month', 'year'];
export const CURRENCIES: Currency[] = ['eur', 'usd'];

/** The plan's price for that billing; `undefined` if it is not sold so. */
export function priceOf(plan: ShopPlan, billing: Billing): PlanPrice | undefined {
  return plan.prices.find(
    (price) => price.interval === billing.interval && price.currency === billing.currency,
  );
}

/** What the first payment comes to before tax and promotions, and what each later one does; minor units. */
export function paymentsOf(
  price: PlanPrice,
  quantity: number,
): { firstMinor: number; recurringMinor: number } {
  const recurringMinor = price.amountMinor * quantity;
  return { firstMinor: recurringMinor + price.setupFeeMinor * quantity, recurringMinor };
}

/** What paying by the year saves against twelve months, in whole percent; 0 if nothing or not sold both ways. */
export function yearlySavingPercent(plan: ShopPlan, currency: Currency): number {
  const monthly = priceOf(plan, { interval: 'month', currency });
  const yearly = priceOf(plan, { interval: 'year', currency });
  if (!monthly || !yearly) return 0;
  return Math.max(0, Math.floor((1 - yearly.amountMinor / (monthly.amountMinor * 12)) * 100));
}

/** Currencies and intervals that at least one plan is sold in, in a fixed order. */
export function choicesOf(catalog: CatalogView): { intervals: BillingInterval[]; currencies: Currency[] } {
  const prices = catalog.plans.flatMap((plan) => plan.prices);
  return {
    intervals: INTERVALS.filter((interval) => prices.some((price) => price.interval === interval)),
    currencies: CURRENCIES.filter((currency) => prices.some((price) => price.currency === currency)),
  };
}
