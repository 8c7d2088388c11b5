import type { Language } from '../../../schemas/language.ts';
import type { Currency } from '../../../schemas/money.ts';

/**
 * Minor units as the reader writes money: "$15", "15,50 €". Whole amounts go without decimals where `compact` asks
 * for it. Its twin in `schemas/money.ts` sits beside zod shapes, which the pages do not load.
 */
export function formatMoney(
  amountMinor: number,
  currency: Currency,
  language: Language,
  compact = false,
): string {
  return new Intl.NumberFormat(language === 'de' ? 'de-DE' : 'en-US', {
    style: 'currency',
    currency: currency.toUpperCase(),
    minimumFractionDigits: compact && amountMinor % 100 === 0 ? 0 : 2,
  }).format(amountMinor / 100);
}
