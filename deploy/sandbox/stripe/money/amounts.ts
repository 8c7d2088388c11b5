/** What is taken off: a percentage, or an amount in minor units. */
export type Reduction = { percentOff: number } | { amountOff: number };

export interface PricedLine {
  subtotal: number;
  discount: number;
  tax: number;
  total: number;
}

export interface PricedSum extends PricedLine {
  lines: PricedLine[];
}

/**
 * Prices lines: a reduction is spread over them in proportion, so that the parts add up to the whole, then tax is
 * added on what is left. Minor units throughout.
 *
 * @param subtotals unit price × quantity of each line.
 * @param taxPercent added on top; prices are net.
 */
export function priceLines(subtotals: number[], reduction: Reduction | null, taxPercent: number): PricedSum {
  const subtotal = sum(subtotals);
  const discounts = spread(reductionOf(subtotal, reduction), subtotals);
  const lines = subtotals.map((amount, index): PricedLine => {
    const discount = discounts[index] ?? 0;
    const tax = Math.round(((amount - discount) * taxPercent) / 100);
    return { subtotal: amount, discount, tax, total: amount - discount + tax };
  });
  const discount = sum(discounts);
  const tax = sum(lines.map((line) => line.tax));
  return { lines, subtotal, discount, tax, total: subtotal - discount + tax };
}

function reductionOf(subtotal: number, reduction: Reduction | null): number {
  if (!reduction) return 0;
  if ('amountOff' in reduction) return Math.min(subtotal, reduction.amountOff);
  return Math.min(subtotal, Math.round((subtotal * reduction.percentOff) / 100));
}

/** Splits `amount` in proportion to `weights`, none of which it exceeds; the parts add up to it. */
function spread(amount: number, weights: number[]): number[] {
  let weightLeft = sum(weights);
  let amountLeft = amount;
  return weights.map((weight) => {
    const part = weightLeft === 0 ? 0 : Math.round((amountLeft * weight) / weightLeft);
    weightLeft -= weight;
    amountLeft -= part;
    return part;
  });
}

function sum(amounts: number[]): number {
  return amounts.reduce((all, amount) => all + amount, 0);
}

/** Standard rates that the stand-in's automatic tax knows; elsewhere nothing is collected. */
const STANDARD_RATES: Record<string, number> = { DE: 19, AT: 20, CH: 8.1 };

/**
 * The tax rate in percent for a customer.
 *
 * @param enabled whether automatic tax is on at all.
 * @param country ISO 3166 two-letter code of the customer's address.
 */
export function taxPercentOf(
  enabled: boolean,
  country: string | null | undefined,
  taxExempt: 'exempt' | 'none' | 'reverse',
): number {
  if (!enabled || taxExempt !== 'none') return 0;
  return STANDARD_RATES[country ?? ''] ?? 0;
}
