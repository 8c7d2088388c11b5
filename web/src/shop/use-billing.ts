import { useSearchParams } from 'react-router';
import type { BillingInterval } from '../../../schemas/catalog/plan.ts';
import type { Currency } from '../../../schemas/money.ts';
import { type Billing, CURRENCIES, INTERVALS } from './offer.ts';

/** Readers in Europe usually pay in euros; everybody can switch. */
function likelyCurrency(): Currency {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone.startsWith('Europe/') || navigator.language.startsWith('de') ? 'eur' : 'usd';
}

/**
 * Billing interval and currency as the address has them, so that a page with its prices can be shared.
 *
 * @param before what was chosen before, for an address that says nothing
 */
export function useBilling(before?: Billing): {
  billing: Billing;
  setInterval: (interval: BillingInterval) => void;
  setCurrency: (currency: Currency) => void;
} {
  const [query, setQuery] = useSearchParams();

  const set = (name: 'interval' | 'currency', value: string): void => {
    setQuery(
      (current) => {
        current.set(name, value);
        return current;
      },
      { replace: true, preventScrollReset: true },
    );
  };

  return {
    billing: {
      interval: INTERVALS.find((each) => each === query.get('interval')) ?? before?.interval ?? 'month',
      currency:
        CURRENCIES.find((each) => each === query.get('currency')) ?? before?.currency ?? likelyCurrency(),
    },
    setInterval: (interval) => set('interval', interval),
    setCurrency: (wanted) => set('currency', wanted),
  };
}
