import { z } from 'zod';

/** Currencies Tenure sells in; ISO 4217 in lower case, as payment APIs write them. Both have two decimals. */
export const CURRENCIES = ['eur', 'usd'] as const;
export const Currency = z.enum(CURRENCIES);
export type Currency = z.infer<typeof Currency>;

/** An amount in minor units (cents): an integer, never a float. */
export const AmountMinor = z.int().min(0).max(100_000_000_00);

export const Money = z.object({ amountMinor: z.int(), currency: Currency });
export type Money = z.infer<typeof Money>;

/** "15.00 USD" style text for a reader of that language; minor units in. */
export function formatMoney(amountMinor: number, currency: Currency, language: 'en' | 'de'): string {
  return new Intl.NumberFormat(language === 'de' ? 'de-DE' : 'en-US', {
    style: 'currency',
    currency: currency.toUpperCase(),
  }).format(amountMinor / 100);
}
