import { List, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { OrderView } from '../../../schemas/api/shop.ts';
import { formatDay } from '../format/dates.ts';
import { useLanguage } from '../language/use-language.ts';
import { consequenceOf, deletionAt, type When } from './cancelling.ts';

/** What will happen to servers, data and money, and when. */
export function CancelConsequence({ order, when }: { order: OrderView; when: When }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const consequence = consequenceOf(order, when);
  if (consequence === 'withdrawn' || consequence === 'refunded') {
    return <Text>{t(`order.cancel.${consequence}`)}</Text>;
  }

  const end = order.periodEnd ? formatDay(order.periodEnd, language) : null;
  const deletion = deletionAt(order, when, Date.now());
  return (
    <List spacing={6}>
      <List.Item>
        {consequence === 'endsNow'
          ? t('order.cancel.endsNow', { count: order.quantity })
          : end
            ? t('order.cancel.endsOn', { count: order.quantity, date: end })
            : t('order.cancel.endsWithPeriod', { count: order.quantity })}
      </List.Item>
      <List.Item>
        {deletion
          ? t('order.cancel.keptUntil', { date: formatDay(deletion, language) })
          : t('order.cancel.keptForGrace')}
      </List.Item>
      <List.Item>{t('order.cancel.thenDeleted')}</List.Item>
      {consequence === 'endsNow' && <List.Item>{t('order.cancel.noRefund')}</List.Item>}
    </List>
  );
}
