import { Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import classes from './Buy.module.css';

/** What happens to server and data when the subscription is cancelled one day. */
export function AfterCancelling({ graceDays }: { graceDays: number }) {
  const { t } = useTranslation();
  return (
    <section aria-labelledby="after-cancelling" className={classes['note']}>
      <Title order={2} size="h4" id="after-cancelling">
        {t('buy.cancelHeading')}
      </Title>
      <Text size="sm" mt={4}>
        {t('buy.cancelText')}{' '}
        {graceDays > 0 ? t('buy.cancelGrace', { count: graceDays }) : t('buy.cancelNoGrace')}
      </Text>
    </section>
  );
}
