import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { PlanChangePreview } from '../../../schemas/api/plan-changes.ts';
import { formatDay } from '../format/dates.ts';
import { formatMoney } from '../format/money.ts';
import { useLanguage } from '../language/use-language.ts';
import classes from './Order.module.css';

/** What a change of plan costs: now, and from when on. */
export function PlanChangeCost({ preview }: { preview: PlanChangePreview }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const { takesEffect, effectiveAt, interval, dueNowMinor, taxMinor } = preview;
  const money = (amountMinor: number): string => formatMoney(amountMinor, preview.currency, language);
  const date = effectiveAt === null ? '' : formatDay(effectiveAt, language);
  const due =
    taxMinor > 0
      ? t('order.planChange.dueNowTaxed', { amount: money(dueNowMinor), tax: money(taxMinor) })
      : money(dueNowMinor);
  const nowText = dueNowMinor > 0 ? t('order.planChange.upText') : t('order.planChange.upSameText');

  return (
    <>
      <Text fw={600} mb={4}>
        {t('order.planChange.meaning')}
      </Text>
      <dl className={classes['facts']}>
        <div>
          <dt>{t('order.planChange.dueNow')}</dt>
          <dd>{due}</dd>
        </div>
        <div>
          <dt>{t(`order.planChange.from.${takesEffect}`, { date })}</dt>
          <dd>{t(`order.planChange.price.${interval}`, { amount: money(preview.amountMinor) })}</dd>
        </div>
      </dl>
      <Text size="sm" mt="xs">
        {takesEffect === 'now' ? nowText : t('order.planChange.downText', { date })}
      </Text>
    </>
  );
}
