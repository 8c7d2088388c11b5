import { Group, SegmentedControl } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { BillingInterval } from '../../../schemas/catalog/plan.ts';
import type { Currency } from '../../../schemas/money.ts';
import type { Billing } from './offer.ts';

interface Props {
  billing: Billing;
  intervals: BillingInterval[];
  currencies: Currency[];
  onInterval: (interval: BillingInterval) => void;
  onCurrency: (currency: Currency) => void;
}

/** Monthly or yearly, euros or dollars; a switch with one choice is left out. */
export function BillingSwitches({ billing, intervals, currencies, onInterval, onCurrency }: Props) {
  const { t } = useTranslation();
  return (
    <Group gap="sm">
      {intervals.length > 1 && (
        <SegmentedControl<BillingInterval>
          aria-label={t('shop.intervalLabel')}
          value={billing.interval}
          onChange={onInterval}
          data={intervals.map((interval) => ({ value: interval, label: t(`shop.interval.${interval}`) }))}
        />
      )}
      {currencies.length > 1 && (
        <SegmentedControl<Currency>
          aria-label={t('shop.currencyLabel')}
          value={billing.currency}
          onChange={onCurrency}
          data={currencies.map((currency) => ({ value: currency, label: t(`shop.currency.${currency}`) }))}
        />
      )}
    </Group>
  );
}
