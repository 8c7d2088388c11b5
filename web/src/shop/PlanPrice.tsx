import { Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ShopPlan } from '../../../schemas/api/shop.ts';
import { formatMoney } from '../format/money.ts';
import { formatPercent } from '../format/resources.ts';
import { useLanguage } from '../language/use-language.ts';
import { type Billing, priceOf, yearlySavingPercent } from './offer.ts';
import classes from './PlanRow.module.css';

/** The price per server and interval, what the year saves, and the set-up fee. */
export function PlanPrice({ plan, billing }: { plan: ShopPlan; billing: Billing }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const price = priceOf(plan, billing);
  if (!price) {
    return (
      <Text size="sm" c="dimmed">
        {t('shop.notSoldSo', {
          interval: t(`shop.interval.${billing.interval}`),
          currency: t(`shop.currency.${billing.currency}`),
        })}
      </Text>
    );
  }

  const saving = billing.interval === 'year' ? yearlySavingPercent(plan, billing.currency) : 0;
  return (
    <div>
      <Group gap={6} align="baseline">
        <span className={classes['amount']}>
          {formatMoney(price.amountMinor, price.currency, language, true)}
        </span>
        <Text span size="sm" c="dimmed">
          {t(`shop.per.${billing.interval}`)}
        </Text>
      </Group>
      {saving > 0 && (
        <Text size="sm" fw={550} c="var(--good)">
          {t('shop.saving', { percent: formatPercent(saving, language) })}
        </Text>
      )}
      <Text size="sm" c="dimmed">
        {price.setupFeeMinor > 0
          ? t('shop.setupFee', { amount: formatMoney(price.setupFeeMinor, price.currency, language, true) })
          : t('shop.noSetupFee')}
      </Text>
    </div>
  );
}
