import { Paper, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { OrderView } from '../../../schemas/api/shop.ts';
import { formatDay } from '../format/dates.ts';
import { formatMoney } from '../format/money.ts';
import { useLanguage } from '../language/use-language.ts';
import classes from './Order.module.css';

/** What was ordered, in short. */
export function Facts({ order }: { order: OrderView }) {
  const { t } = useTranslation();
  const { language, local } = useLanguage();
  const amount = formatMoney(order.amountMinor, order.currency, language);
  const facts: [label: string, value: string][] = [
    [t('order.fact.plan'), `${order.quantity} × ${local(order.planName)}`],
    [t('order.fact.region'), local(order.region)],
    [t('order.fact.price'), t(`order.fact.amount.${order.interval}`, { amount })],
    [t('order.fact.ordered'), formatDay(order.createdAt, language)],
  ];
  if (order.periodEnd && (order.stage === 'active' || order.stage === 'past-due')) {
    const paid = order.stage === 'active';
    const label = order.cancelAtPeriodEnd ? 'ends' : paid ? 'renews' : 'paidUntil';
    facts.push([t(`order.fact.${label}`), formatDay(order.periodEnd, language)]);
  }

  return (
    <Paper component="section" aria-labelledby="facts" className={classes['card']}>
      <Title order={2} size="h3" id="facts" mb="sm">
        {t('order.facts')}
      </Title>
      <dl className={classes['facts']}>
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Paper>
  );
}
